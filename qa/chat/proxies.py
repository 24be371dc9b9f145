"""Takes settings of proxies out of the environment with which no HTTP client can be made.

Gradio makes HTTP clients while it is imported, which fails with such a setting. The chat itself
sends no request through a proxy, so that it loses nothing.
"""

import os

from index.environment import set_environment

_PROXY_VARIABLES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


def drop_unusable_proxies() -> None:
    """Remove from the environment what httpx cannot use of the settings of proxies.

    Of NO_PROXY, the other hosts stay, and an IPv6 address in brackets stays without these.
    """
    names = [name for name in os.environ if name.lower() in _PROXY_VARIABLES]
    for name in names:
        value = os.environ[name]
        if _is_usable(name, value, names):
            continue
        hosts = value.split(",") if name.lower() == "no_proxy" else []
        bare = [host.strip().removeprefix("[").removesuffix("]") for host in hosts]
        os.environ[name] = ",".join(host for host in bare if _is_usable(name, host, names))


def _is_usable(name: str, value: str, names: list[str]) -> bool:
    """Whether an HTTP client can be made with this value of one of the variables `names` alone."""
    import httpx

    with set_environment(dict.fromkeys(names, "") | {name: value}):
        try:
            httpx.Client(verify=False).close()
        except (ImportError, ValueError, httpx.InvalidURL):
            return False
    return True
