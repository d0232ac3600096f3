"""Signals that have arrived when the call returns."""
import os
import signal
import time


def states(pid):
    """The letter of each thread's state, as ps shows it; '' when the process is gone."""
    out = ''
    try:
        for t in os.listdir('/proc/%d/task' % pid):
            with open('/proc/%d/task/%s/stat' % (pid, t)) as f:
                out += f.read().rpartition(')')[2].split()[0]
    except OSError:
        pass
    return out


def send(pid, sig):
    """Signal a process that may be gone by now, as a recycled worker is. Whether it was there."""
    try:
        os.kill(pid, sig)
    except ProcessLookupError:
        return False
    return True


def minds(pid, sig):
    """Does the process catch or hold back this signal? One that has not come to its main() yet would die of it."""
    try:
        with open('/proc/%d/status' % pid) as f:
            masks = dict(line.split(':', 1) for line in f if line.startswith('Sig') and ':' in line)
    except OSError:
        return False
    return any(int(masks[m], 16) >> (sig - 1) & 1 for m in ('SigCgt', 'SigBlk') if m in masks)


def stop(pid, timeout=30):
    """SIGSTOP, and wait for every thread: one that runs on another processor goes on for a moment."""
    os.kill(pid, signal.SIGSTOP)
    end = time.monotonic() + timeout
    while set(states(pid)) - set('TtZX'):
        assert time.monotonic() < end, 'process %d does not stop: %s' % (pid, states(pid))
        time.sleep(0.005)


class paused:
    """with paused(pid, ...): SIGSTOP inside, SIGCONT afterwards whatever happens.

    with paused(workers): all that the function lists, also those that came while the others were being stopped; which may end
    at any moment, as recycled workers do.
    """

    def __init__(self, *pids):
        self.may_end = callable(pids[0])
        self.list = pids[0] if self.may_end else lambda: pids
        self.pids = []

    def __enter__(self):
        try:
            while new := [p for p in self.list() if p not in self.pids]:
                for p in new:
                    self.pids.append(p)
                    self.stop(p)
        except BaseException:
            self.__exit__()
            raise
        return self

    def stop(self, pid):
        try:
            stop(pid)
        except ProcessLookupError:
            if not self.may_end:
                raise

    def __exit__(self, *exc):
        for p in self.pids:
            send(p, signal.SIGCONT)
