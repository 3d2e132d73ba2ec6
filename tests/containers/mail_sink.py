"""Accept every mail and print it to standard output, in a container of the walk. Only the standard library."""

import socketserver


class Session(socketserver.StreamRequestHandler):
    """One SMTP session: enough of the protocol for Django's client."""

    def handle(self) -> None:
        self.say("220 mail")
        while line := self.rfile.readline().decode().strip():
            command = line[:4].upper()
            if command == "DATA":
                self.say("354 go on")
                self.print_message()
                self.say("250 stored")
            elif command == "QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 ok")

    def say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())

    def print_message(self) -> None:
        print("=== mail", flush=True)
        while (line := self.rfile.readline().decode().rstrip("\r\n")) != ".":
            print(line.removeprefix("."), flush=True)


if __name__ == "__main__":
    with socketserver.ThreadingTCPServer(("", 25), Session) as server:
        server.serve_forever()
