"""az, whose interpreter has imported its packages already: starting is most of what az does otherwise.

az_ready.py serve         forks into az for whoever asks at `$AZURE_CONFIG_DIR/ready`
az_ready.py az WORDS…     has it run `az WORDS…` with this process's environment, folder and streams, and ends as that ends;
                          where nobody serves, it starts az as usual

Both are for az's own interpreter. What runs is az as it was installed, from the first line of its `__main__` on, in a
process of its own.
"""

import array
import json
import os
import socket
import sys

STREAMS = (0, 1, 2)

# What every command of `az acr` imports: these, and all modules of those.
MODULES = ("jmespath", "psutil", "unittest.mock")
PACKAGES = (
    "azure.cli.command_modules.acr",
    "azure.cli.core",
    "azure.cli.core.auth",
    "azure.cli.core.commands",
    "azure.mgmt.containerregistry",
    "azure.mgmt.containerregistrytasks",
)


def ask(words):
    with socket.socket(socket.AF_UNIX) as server:
        try:
            server.connect(address())
        except FileNotFoundError:
            os.execv(sys.executable, [sys.executable, "-m", "azure.cli", *words])
        request = json.dumps({"words": words, "environment": dict(os.environ), "folder": os.getcwd()}).encode()
        streams = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", STREAMS))]
        server.sendmsg([len(request).to_bytes(4, "big")], streams)
        server.sendall(request)
        status = server.recv(1)
    return status[0] if status else 70


def address():
    # Some folders are too deep for the address of a socket, and what they are called from here is not.
    folder = os.open(os.environ["AZURE_CONFIG_DIR"], os.O_RDONLY)
    return f"/proc/self/fd/{folder}/ready"


def serve():
    import gc
    import importlib
    import pkgutil
    import threading

    # az reads its folder as it is imported, which is why a server is for one folder.
    for module in MODULES:
        importlib.import_module(module)
    for package in PACKAGES:
        for module in pkgutil.iter_modules(importlib.import_module(package).__path__, package + "."):
            importlib.import_module(module.name)
    gc.freeze()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(address())
        listener.listen()
        while True:
            client, _ = listener.accept()
            length, streams, _, _ = socket.recv_fds(client, 4, len(STREAMS))
            request = bytearray()
            while len(request) < int.from_bytes(length, "big"):
                piece = client.recv(65536)
                if not piece:
                    break
                request += piece
            if len(request) < int.from_bytes(length, "big"):
                # Whoever asked is gone.
                client.close()
                for stream in streams:
                    os.close(stream)
                continue
            child = os.fork()
            if child == 0:
                listener.close()
                client.close()
                become_az(streams, **json.loads(request))
            for stream in streams:
                os.close(stream)
            threading.Thread(target=tell, args=(client, child), daemon=True).start()


def tell(client, child):
    with client:
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        client.send(bytes([status if status >= 0 else 128 - status]))


def become_az(streams, words, environment, folder):
    import runpy

    for stream, own in zip(streams, STREAMS):
        os.dup2(stream, own)
        os.close(stream)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    sys.argv = ["az", *words]
    runpy.run_module("azure.cli", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    if sys.argv[1:] == ["serve"]:
        serve()
    else:
        sys.exit(ask(sys.argv[2:]))
