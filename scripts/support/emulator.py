"""moto, which stands in for AWS: an emulator that others wrote, on a free port of 127.0.0.1."""

import contextlib
import os
import pathlib
import subprocess
import sys
import time
import urllib.error
import urllib.request

from support.tools import free_port

PACKAGES = ["moto[server]==5.2.5", "boto3", "aiosmtpd==1.4.6"]


def use_keys_that_open_nothing() -> None:
    """For this process and its children, whatever whoever runs the tests has."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ |= {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_EC2_METADATA_DISABLED": "true",
                   "AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}


@contextlib.contextmanager
def moto():
    """Its endpoint; from here on this process and its children have keys that open nothing else."""
    use_keys_that_open_nothing()
    port = free_port()
    program = pathlib.Path(sys.prefix) / "bin" / "moto_server"
    server = subprocess.Popen([program, "-H", "127.0.0.1", "-p", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    endpoint = f"http://127.0.0.1:{port}"
    try:
        for _ in range(300):
            if answers(endpoint):
                break
            if server.poll() is not None:
                sys.exit("moto_server has ended")
            time.sleep(0.1)
        else:
            sys.exit("moto_server does not answer")
        yield endpoint
    finally:
        server.terminate()
        server.wait()


def answers(endpoint: str) -> bool:
    try:
        urllib.request.urlopen(f"{endpoint}/moto-api/", timeout=2).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


def client(service: str, endpoint: str):
    """A client of AWS's own library, for making what the tests read."""
    import boto3

    return boto3.client(service, endpoint_url=endpoint, region_name="us-east-1")
