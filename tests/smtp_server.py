"""A small mail server for tests: it listens on a real port, keeps what it gets, and can misbehave on purpose."""

import email
import email.policy
import socketserver
import threading


class SmtpServer(socketserver.ThreadingTCPServer):
    """`mails` holds parsed messages. `refuse` refuses recipients, `answer` comes after DATA, `cut` hangs up after DATA without an answer."""

    allow_reuse_address = daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Talk)
        self.mails, self.refuse, self.cut, self.answer = [], "", 0, "250 taken"

    @property
    def port(self):
        return self.server_address[1]

    def __enter__(self):
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *failure):
        self.shutdown()
        self.server_close()


class _Talk(socketserver.StreamRequestHandler):
    def say(self, line):
        self.wfile.write(line.encode() + b"\r\n")

    def handle(self):
        self.say("220 test")
        while line := self.rfile.readline():
            word = line.decode().strip().upper()
            if word.startswith(("EHLO", "HELO")):
                self.say("250 test")
            elif word.startswith("RCPT") and self.server.refuse:
                self.say(self.server.refuse)
            elif word == "DATA":
                self.say("354 go on")
                if not self.take():
                    return
            elif word == "QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 ok")

    def take(self):
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line[1:] if line.startswith(b"..") else line)
        self.server.mails.append(email.message_from_bytes(b"".join(lines), policy=email.policy.default))
        if self.server.cut:
            self.server.cut -= 1
            return False
        self.say(self.server.answer)
        return True
