"""MongoDB behind the ports of `libs.common.ports.records`; the only place that knows motor."""
