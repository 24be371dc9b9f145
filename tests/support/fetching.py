"""Send requests to a real server, as a browser or a program does."""

import base64
import http.client

PASSWORD = "correct horse"
BASIC = {"Authorization": "Basic " + base64.b64encode(f"ida:{PASSWORD}".encode()).decode()}
BROWSER = {"User-Agent": "Mozilla/5.0", "Accept": "text/html"}


def ask(port, path, method="GET", headers=None, body=None):
    """Send one request; return its status, headers and body."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request(method, path, body, headers or {})
        reply = connection.getresponse()
        return reply.status, reply.headers, reply.read()
    finally:
        connection.close()
