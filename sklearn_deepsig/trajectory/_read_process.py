"""The process that reads files, as ours starts, asks and stops it."""

import contextlib
import json
import os
import signal
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_deepsig.exceptions import DeepSignatureError

__all__ = ["ReadError", "Refused", "Server"]


class ReadError(Exception):
    """What went wrong with a file in the other process, or how the process ended.

    Parameters
    ----------
    message : str
        The error.
    atoms_differ : bool
        Whether the file does not have the number of atoms that was asked for.
    """

    def __init__(self, message: str, atoms_differ: bool = False) -> None:
        super().__init__(message)
        self.atoms_differ = atoms_differ


class Refused(ReadError):
    """The file was refused in good order, so that the process can go on.

    Parameters
    ----------
    message : str
        The error.
    atoms_differ : bool
        As of `ReadError`.
    """


class Server:
    """The other process, and the two pipes to it."""

    def __init__(self) -> None:
        script = Path(__file__).with_name("_read_server.py")
        try:
            # -P: not the script's folder, whose names are too common
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-W", "ignore", str(script)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                # so that it can be stopped with what it forks, and Ctrl-C is ours
                start_new_session=True,
            )
        except OSError as error:
            raise DeepSignatureError(_NO_SERVER.format(error)) from error
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.requests, self.answers = self.process.stdin, self.process.stdout
        try:
            with self._stopped_if_interrupted():
                path = [entry for entry in sys.path if isinstance(entry, str)]
                self._send({"path": path})
                started = self._receive()
        except ReadError as error:
            raise DeepSignatureError(_NO_SERVER.format(error)) from error
        if started["error"] is not None:
            self.stop()
            raise DeepSignatureError(_NO_SERVER.format(started["error"]))

    def ask(self, request: Any, atoms: NDArray[np.int64] | None = None) -> None:
        """Send a request, whose answer is read by `answer`.

        Parameters
        ----------
        request : dict
            What is JSON.
        atoms : ndarray of int64, optional
            Numbers of atoms, sent after it.

        Raises
        ------
        ReadError
            If the process has ended.
        """
        with self._stopped_if_interrupted():
            self._send(request, b"" if atoms is None else atoms.tobytes())

    def answer(self) -> dict[str, Any]:
        """Receive an answer, with its arrays.

        Returns
        -------
        dict
            What was sent.

        Raises
        ------
        Refused
            If the file could not be read.
        ReadError
            If the process has ended.
        """
        with self._stopped_if_interrupted():
            answer = self._receive()
            if answer["error"] is not None:
                raise Refused(answer["error"], answer.get("atoms_differ", False))
            arrays = answer.get("arrays", {})
            for name, (dtype, shape) in arrays.items():
                arrays[name] = np.empty(shape, dtype)
                self._fill(memoryview(arrays[name]).cast("B"))
            return dict(answer)

    def stop(self) -> None:
        """End the process, and wait until it has."""
        if self.process.poll() is None:
            self._kill()
        self._close()
        self.process.wait()

    def let_go(self) -> None:
        """Forget the process of a parent that was forked."""
        self._close()
        self.process.returncode = 0  # it is not ours to wait for

    def _kill(self) -> None:
        if hasattr(os, "killpg"):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
        else:
            self.process.kill()

    def _close(self) -> None:
        for stream in (self.requests, self.answers):
            with contextlib.suppress(OSError):
                stream.close()

    def _send(self, request: Any, rest: bytes = b"") -> None:
        self._check_ours()
        head = json.dumps(request).encode()
        try:
            self.requests.write(struct.pack("<Q", len(head)) + head + rest)
            self.requests.flush()
        except OSError as error:
            raise self._ended() from error

    def _receive(self) -> Any:
        self._check_ours()
        size = self.answers.read(8)
        if len(size) < 8:
            raise self._ended()
        head = self.answers.read(struct.unpack("<Q", size)[0])
        try:
            return json.loads(head)
        except ValueError as error:
            raise self._ended() from error

    def _fill(self, buffer: memoryview) -> None:
        while len(buffer):
            n_read = self.answers.readinto(buffer)  # type: ignore[attr-defined]
            if not n_read:
                raise self._ended()
            buffer = buffer[n_read:]

    def _check_ours(self) -> None:
        if self.answers.closed:
            raise ReadError(
                "the reading process was stopped, or belongs to the process that this "
                "one was forked from"
            )

    def _ended(self) -> ReadError:
        """Say how the process ended, by its exit status."""
        self._close()
        try:
            status = self.process.wait(5)
        except subprocess.TimeoutExpired:
            self._kill()
            status = self.process.wait()
        number = -status if status < 0 else status - 128
        try:
            name = signal.Signals(number).name
        except ValueError:
            return ReadError(f"the reading process ended with status {status}")
        if name == "SIGALRM":
            return ReadError("reading took too long and was stopped")
        return ReadError(f"the reading process crashed with {name}")

    @contextlib.contextmanager
    def _stopped_if_interrupted(self) -> Iterator[None]:
        """Leave no process whose pipes hold half an answer, also after Ctrl-C."""
        try:
            yield
        except Refused:
            raise
        except BaseException:
            self.stop()
            raise


_NO_SERVER = (
    "the process that reads trajectory files cannot be started ({}). It runs "
    "sys.executable and imports mdtraj; see that both work, or load the file by "
    "mdtraj.load."
)
