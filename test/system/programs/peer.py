#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Who talks to whom, for the network tests.

    peer.py serve tcp|udp ADDRESS PORT TAG     answers everyone "TAG <the asker's address>"; prints "ready" first
    peer.py ask tcp|udp ADDRESS PORT [SOURCE [SOURCE-PORT]]  prints the answer, or "refused", "unreachable", "timeout"
    peer.py arp INTERFACE SENDER-MAC SENDER-ADDRESS TARGET-ADDRESS   sends a forged ARP answer to everyone
"""
import socket
import struct
import sys

KINDS = {"tcp": socket.SOCK_STREAM, "udp": socket.SOCK_DGRAM}


def serve(kind, address, port, tag):
    s = socket.socket(socket.AF_INET, KINDS[kind])
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind((address, int(port)))
    if kind == "tcp":
        s.listen(64)
    print("ready", flush=True)
    while True:
        if kind == "tcp":
            c, asker = s.accept()
            try:
                c.sendall(f"{tag} {asker[0]}\n".encode())
                c.close()
            except OSError:
                pass
        else:
            _, asker = s.recvfrom(100)
            s.sendto(f"{tag} {asker[0]}\n".encode(), asker)


def ask(kind, address, port, source=None, source_port=0):
    s = socket.socket(socket.AF_INET, KINDS[kind])
    s.settimeout(1.5)
    try:
        if source:
            s.bind((source, int(source_port)))
        s.connect((address, int(port)))
        if kind == "udp":
            s.send(b"?\n")
        print(s.recv(100).decode().strip() or "closed")
    except ConnectionRefusedError:
        print("refused")
    except (socket.timeout, TimeoutError):
        print("timeout")
    except OSError as e:
        print("unreachable", e.strerror)


def arp(interface, mac, sender, target):
    raw = bytes.fromhex(mac.replace(":", ""))
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    s.bind((interface, 0))
    frame = b"\xff" * 6 + raw + struct.pack("!HHHBBH", 0x0806, 1, 0x0800, 6, 4, 2)
    frame += raw + socket.inet_aton(sender) + b"\xff" * 6 + socket.inet_aton(target)
    s.send(frame)


{"serve": serve, "ask": ask, "arp": arp}[sys.argv[1]](*sys.argv[2:])
