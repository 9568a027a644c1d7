"""An sshd of the bench on a free port of 127.0.0.1, with temporary keys."""

import contextlib
import getpass
import os
import shutil
import socket
import subprocess
import time

from playing import PYTHON


def missing():
    """The missing requirement for measurements over ssh, or None."""
    if not sshd():
        return "sshd was not found (Debian and Ubuntu: apt-get install openssh-server)"
    if os.geteuid() != 0:
        return "the bench's own sshd needs root"
    return next((f"{tool} was not found" for tool in ("ssh", "ssh-keygen", "sftp") if not shutil.which(tool)), None)


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
    raise SystemExit("The bench's sshd does not answer. Its error is above.")


@contextlib.contextmanager
def server(scratch, environment):
    """Yields the arguments of a play over ssh. Without the requirements, prints the missing one and yields None."""
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
    # sshd needs this directory. Debian creates it only for the service.
    os.makedirs("/run/sshd", mode=0o755, exist_ok=True)
    process = subprocess.Popen([sshd(), "-D", "-e", "-q", "-f", os.path.join(folder, "sshd_config")])
    try:
        wait_for(port, process)
        variables = {
            "ansible_port": port,
            "ansible_user": getpass.getuser(),
            "ansible_ssh_private_key_file": os.path.join(folder, "client"),
            # The other defaults of Ansible apply: one connection, kept between tasks.
            "ansible_ssh_common_args": "-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR",
            **PYTHON,
        }
        # ssh does not pass environment variables of ansible-playbook, such as the address of the cloud.
        carried = {name: f"{{{{ lookup('env', '{name}') }}}}" for name in environment}
        yield {"inventory": "127.0.0.1,", "play": {"vars": variables, "environment": carried}}
    finally:
        process.terminate()
        process.wait()
