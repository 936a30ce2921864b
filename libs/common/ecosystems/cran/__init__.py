"""R packages in CRAN-like repositories: what stands in PACKAGES, as far as rules look at it."""
