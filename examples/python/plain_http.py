"""A transport on http.client: one blocking function. It follows, repeats and keeps nothing."""
import http.client
import ssl
import time
import zlib
from urllib.parse import urlsplit

from crmsync import NoAnswer, NotSent, Response, SystemEnvironment, TlsRefused

clock = SystemEnvironment().mono_ms  # the clock of `not_after`


class FinalAnswer(http.client.HTTPResponse):
    """Passes over what comes before an answer, such as 103 Early Hints."""

    def _read_status(self):
        while True:
            version, status, reason = super()._read_status()
            if status >= 200:
                return version, status, reason
            while self.fp.readline(65537).strip():
                pass


class PlainHttp:
    def __init__(self, context=None):
        self.context = context or ssl.create_default_context()

    def _connect(self, url):
        try:
            if url.scheme == "https":
                connection = http.client.HTTPSConnection(url.hostname, url.port, timeout=10, context=self.context)
            elif url.scheme == "http":
                connection = http.client.HTTPConnection(url.hostname, url.port, timeout=10)
            else:
                raise NotSent("neither http nor https")
            connection.response_class = FinalAnswer
            connection.connect()
            return connection
        except ssl.SSLError as error:
            raise TlsRefused(str(error)) from error
        except (OSError, ValueError, http.client.HTTPException) as error:
            raise NotSent(str(error)) from error  # nothing can have left

    def send(self, request):
        url = urlsplit(request.url)
        end = time.monotonic() + (request.timeout or 120)
        connection = self._connect(url)
        try:
            if request.not_after and clock() > request.not_after:
                raise NotSent("too late")  # asked as late as it can be
            sock = connection.sock
            sock.settimeout(max(end - time.monotonic(), 0.001))
            target = (url.path or "/") + ("?" + url.query if url.query else "")
            connection.request(request.method, target, request.body or None,
                               {**dict(request.headers), "Accept-Encoding": "gzip"})
            answer = connection.getresponse()
            pieces = []
            while piece := answer.read1(65536):
                pieces.append(piece)
                sock.settimeout(max(end - time.monotonic(), 0.001))  # the whole exchange counts
            if answer.length:  # fewer bytes than were announced
                raise NoAnswer("the answer was cut off")
            body = b"".join(pieces)
            if answer.getheader("Content-Encoding") == "gzip":
                body = zlib.decompress(body, wbits=31)
            return Response(answer.status, [(n, v.strip()) for n, v in answer.getheaders()], body)
        except (OSError, zlib.error, http.client.HTTPException) as error:
            raise NoAnswer(str(error)) from error  # if in doubt, this one: it is looked up
        finally:
            connection.close()
