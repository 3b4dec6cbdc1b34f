"""A web server of this machine that gives files, and cuts connections when told to."""

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Files:
    """What the server gives, how, and what it was asked for.

    Parameters
    ----------
    contents : dict
        Bytes by path.
    """

    def __init__(self, contents):
        self.contents = contents
        self.cuts = []  # of the next answers: after so many bytes
        self.statuses = []  # of the next answers, instead of a file
        self.knows_ranges = True
        self.is_shifted = False  # answers ranges with others
        self.ranges = []  # the header of each request


@contextmanager
def serve(contents):
    """Yield the files and the address of a server of them."""
    files = Files(contents)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked = self.headers.get("Range")
            files.ranges.append(asked)
            content = files.contents.get(self.path)
            if files.statuses or content is None:
                self.send_error(files.statuses.pop(0) if files.statuses else 404)
                return
            start, status = 0, 200
            if asked and files.knows_ranges:
                start, status = int(asked.removeprefix("bytes=")[:-1]), 206
                if start >= len(content):
                    self.send_response(416)
                    self.send_header("Content-Range", f"bytes */{len(content)}")
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
            start -= bool(status == 206 and files.is_shifted)
            rest = content[start:]
            self.send_response(status)
            self.send_header("Content-Length", str(len(rest)))
            if status == 206:
                last = f"{start}-{len(content) - 1}/{len(content)}"
                self.send_header("Content-Range", f"bytes {last}")
            self.end_headers()
            self.wfile.write(rest[: files.cuts.pop(0)] if files.cuts else rest)

        def log_message(self, *args):
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield files, f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
