"""What a visitor's browser asks for beside the websocket: pictures in, uploads out, over a few kept connections."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import Self

import h11

CONNECTIONS = 6  # a browser keeps so many to one host
CHUNK = 1 << 16
BROKEN_OFF = (OSError, h11.ProtocolError)


@dataclass(frozen=True)
class Answer:
    """Header names are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def immutable(self) -> bool:
        return "immutable" in self.headers.get("cache-control", "")


@dataclass
class _Connection:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    state: h11.Connection

    @classmethod
    async def to(cls, host: str, port: int) -> Self:
        reader, writer = await asyncio.open_connection(host, port)
        return cls(reader, writer, h11.Connection(h11.CLIENT))

    async def ask(self, request: h11.Request, body: bytes) -> Answer:
        self.writer.write(self.state.send(request))
        if body:
            self.writer.write(self.state.send(h11.Data(body)))
        self.writer.write(self.state.send(h11.EndOfMessage()))
        await self.writer.drain()
        status, headers, parts = 0, {}, []
        while not isinstance(event := self.state.next_event(), h11.EndOfMessage):
            if event is h11.NEED_DATA:
                self.state.receive_data(await self.reader.read(CHUNK))
            elif isinstance(event, h11.Response):
                status = event.status_code
                headers = {name.decode().lower(): value.decode("latin-1") for name, value in event.headers}
            elif isinstance(event, h11.Data):
                parts.append(bytes(event.data))
            elif isinstance(event, h11.ConnectionClosed):
                raise h11.RemoteProtocolError("closed before it answered")
        return Answer(status, headers, b"".join(parts))

    @property
    def kept(self) -> bool:
        """True where another request may follow."""
        return self.state.our_state is h11.DONE and self.state.their_state is h11.DONE and not self.reader.at_eof()

    async def close(self) -> None:
        self.writer.close()
        with suppress(OSError):
            await self.writer.wait_closed()


class Browser:
    """One visitor's connections and cache. What is immutable is asked for once."""

    def __init__(self, host: str, port: int):
        self.host, self.port = host, port
        self._idle: list[_Connection] = []
        self._free = asyncio.Semaphore(CONNECTIONS)
        self._cached: set[str] = set()

    async def picture(self, address: str) -> Answer | None:
        """The answer, None for what is at hand already."""
        if address in self._cached:
            return None
        answer = await self.ask("GET", address)
        if answer.status == 200 and answer.immutable:
            self._cached.add(address)
        return answer

    async def ask(self, method: str, target: str, body: bytes = b"", headers: dict[str, str] | None = None) -> Answer:
        fields = {"Host": f"{self.host}:{self.port}", "Accept": "*/*", **(headers or {})}
        if body:
            fields["Content-Length"] = str(len(body))
        request = h11.Request(method=method, target=target, headers=list(fields.items()))
        async with self._free:
            while True:
                old = self._idle.pop() if self._idle else None
                connection = old or await _Connection.to(self.host, self.port)
                try:
                    answer = await connection.ask(request, body)
                except BaseException as error:
                    await connection.close()
                    if old and isinstance(error, BROKEN_OFF):
                        continue  # the server closes what was idle for some seconds
                    raise
                if connection.kept:
                    connection.state.start_next_cycle()
                    self._idle.append(connection)
                else:
                    await connection.close()
                return answer

    async def close(self) -> None:
        while self._idle:
            await self._idle.pop().close()
