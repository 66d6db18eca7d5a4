"""A transport on http.client: one blocking function. It follows, repeats and keeps nothing.

It asks for no compression; one that does hands the body on decoded.
"""
import functools
import http.client
import ssl
from urllib.parse import urlsplit

from crmsync import NoAnswer, NotSent, Response, TlsRefused


class FinalAnswer(http.client.HTTPResponse):
    def _read_status(self):
        while (line := super()._read_status())[1] < 200:  # 103 Early Hints, say
            while self.fp.readline(65537).strip():
                pass
        return line


class PlainHttp:
    def __init__(self, context=None):
        https = functools.partial(http.client.HTTPSConnection, context=context or ssl.create_default_context())
        self.schemes = {"http": http.client.HTTPConnection, "https": https}

    def _connect(self, url, timeout):
        try:
            connection = self.schemes[url.scheme](url.netloc, timeout=timeout)
            connection.response_class = FinalAnswer
            connection.connect()
            return connection
        except ssl.SSLError as error:
            raise TlsRefused(str(error)) from error
        except (OSError, LookupError, ValueError, http.client.HTTPException) as error:
            raise NotSent(str(error)) from error  # nothing can have left

    def send(self, request):
        url = urlsplit(request.url)
        connection = self._connect(url, min(request.seconds_left(), 10))
        try:
            request.check()  # NotSent when it is too late; as late as it can be asked
            sock = connection.sock
            sock.settimeout(request.seconds_left())
            connection.request(request.method, url._replace(scheme="", netloc="").geturl() or "/",
                               request.body or None, dict(request.headers))
            answer = connection.getresponse()
            pieces = []
            while piece := answer.read1(65536):
                pieces.append(piece)
                sock.settimeout(request.seconds_left())  # the whole exchange counts
            if answer.length:  # fewer bytes than were announced
                raise NoAnswer("the answer was cut off")
            return Response(answer.status, [(n, v.strip()) for n, v in answer.getheaders()], b"".join(pieces))
        except (OSError, http.client.HTTPException) as error:
            raise NoAnswer(str(error)) from error  # if in doubt, this one: it is looked up
        finally:
            connection.close()
