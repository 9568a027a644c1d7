"""An sshd of the bench's own, on a free port of 127.0.0.1, with keys that are thrown away."""

import contextlib
import getpass
import os
import shutil
import socket
import subprocess
import time

from playing import PYTHON


def missing():
    """What is not there to measure over ssh, or None."""
    if not sshd():
        return "there is no sshd (Debian and Ubuntu: apt-get install openssh-server)"
    if os.geteuid() != 0:
        return "the bench's own sshd needs root"
    return next((f"there is no {tool}" for tool in ("ssh", "ssh-keygen", "sftp") if not shutil.which(tool)), None)


def sshd():
    return shutil.which("sshd", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(port, process):
    for _ in range(200):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        if process.poll() is not None:
            break
        time.sleep(0.05)
    raise SystemExit("The bench's sshd does not answer; its own words are above.")


@contextlib.contextmanager
def server(scratch, environment):
    """Gives the arguments that make a play go through it; None, and says so, where that cannot be."""
    lacking = missing()
    if lacking:
        print(f"\nNOT MEASURED over ssh: {lacking}.", flush=True)
        yield None
        return
    folder = os.path.join(scratch, "ssh")
    os.makedirs(folder, mode=0o700)
    for name in ("host", "client"):
        key = os.path.join(folder, name)
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    port = free_port()
    settings = {
        "ListenAddress": "127.0.0.1",
        "Port": port,
        "HostKey": os.path.join(folder, "host"),
        "AuthorizedKeysFile": os.path.join(folder, "client.pub"),
        "PidFile": "none",
        "StrictModes": "no",
        "UsePAM": "no",
        "PermitRootLogin": "prohibit-password",
        "PasswordAuthentication": "no",
        "Subsystem": "sftp internal-sftp",
    }
    with open(os.path.join(folder, "sshd_config"), "w") as out:
        out.writelines(f"{name} {value}\n" for name, value in settings.items())
    # sshd wants this directory, which Debian makes only when it starts the system's own.
    os.makedirs("/run/sshd", mode=0o755, exist_ok=True)
    process = subprocess.Popen([sshd(), "-D", "-e", "-q", "-f", os.path.join(folder, "sshd_config")])
    try:
        wait_for(port, process)
        variables = {
            "ansible_port": port,
            "ansible_user": getpass.getuser(),
            "ansible_ssh_private_key_file": os.path.join(folder, "client"),
            # The rest is as Ansible does it by itself: one connection, kept between tasks.
            "ansible_ssh_common_args": "-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR",
            **PYTHON,
        }
        # The cloud's address is an environment variable of ansible-playbook's, which does not cross ssh by itself.
        carried = {name: f"{{{{ lookup('env', '{name}') }}}}" for name in environment}
        yield {"inventory": "127.0.0.1,", "play": {"vars": variables, "environment": carried}}
    finally:
        process.terminate()
        process.wait()
