/** What one types so that conda, pip, uv or R reads a channel; as libs/client/client_lines.py has it. Pure. */

/** The types of mirrors, as people name them. */
export const TYPES = { conda: "Conda", python_simple: "Python", CRAN: "R" };

/** Stands for a token where a channel is not public. */
export const TOKEN = "<TOKEN>";

const BELOW = { conda: "", python_simple: "/simple", CRAN: "/cran" };

/**
 * The address that clients of a type read a channel at, with the token's place where they need one.
 * @param {string} site as location.origin @param {{key: string, privacy: string}} channel @param {string} type of TYPES
 */
export function clientAddress(site, { key, privacy }, type) {
  const path = `/api/repo/${key}${BELOW[type]}`;
  if (privacy === "public") return site + path;
  return type === "conda" ? `${site}/t/${TOKEN}${path}` : `${site.replace("://", `://${TOKEN}:x-auth-token@`)}${path}`;
}

/** pip reads plain http of this machine alone, unless it is told to trust the host. */
function hostToTrust(site) {
  const { protocol, hostname } = new URL(site);
  return protocol === "https:" || /^(localhost|127\..*|\[::1\])$/.test(hostname) ? null : hostname;
}

const INSTALL = {
  conda: (address, wanted) => [
    { label: "conda", text: `conda install --override-channels -c ${address} ${wanted}` },
    { label: "mamba", text: `mamba install --override-channels -c ${address} ${wanted}` },
    { label: "pixi", text: `pixi init --channel ${address} PROJECT && cd PROJECT && pixi add ${wanted}` },
  ],
  python_simple: (address, wanted, host) => [
    { label: "pip", text: `pip install --index-url ${address}${host ? ` --trusted-host ${host}` : ""} ${wanted}` },
    { label: "uv", text: `uv pip install --default-index ${address} ${wanted}` },
  ],
  CRAN: (address, wanted) => [{ label: "R", text: `install.packages("${wanted}", repos = "${address}")` }],
};

const FOR_GOOD = {
  conda: (address) => [{ label: "For good, in .condarc", text: `channels:\n  - ${address}` }],
  python_simple: (address, host) => [
    { label: "For good, in pip.conf", text: `[global]\nindex-url = ${address}${host ? `\ntrusted-host = ${host}` : ""}` },
    { label: "For good, in uv.toml", text: `[[index]]\nurl = "${address}"\ndefault = true` },
  ],
  CRAN: (address) => [{ label: "For good, in .Rprofile", text: `options(repos = c(CRAN = "${address}"))` }],
};

/** Lines that install a package once. @param {string} wanted in the client's words @returns {Array<{label: string, text: string}>} */
export const installLines = (site, channel, type, wanted = "PACKAGE") =>
  INSTALL[type](clientAddress(site, channel, type), wanted, hostToTrust(site));

/** Lines that make a client read the channel, once and for good. @returns {Array<{label: string, text: string}>} */
export const channelLines = (site, channel, type) => [
  ...installLines(site, channel, type),
  ...FOR_GOOD[type](clientAddress(site, channel, type), hostToTrust(site)),
];
