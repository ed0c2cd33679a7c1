"""socket.getaddrinfo, its time and what it said: one line of JSON for each call.

resolve.py TIMES NAME
"""

import json
import socket
import sys
import time

WORDS = {
    value: word
    for word, value in vars(socket).items()
    if word in ("EAI_NONAME", "EAI_NODATA", "EAI_AGAIN", "EAI_FAIL")
}


def look_up(name):
    began = time.perf_counter()
    try:
        found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
        said, addresses = "found", [sockaddr[0] for *_, sockaddr in found]
    except socket.gaierror as problem:
        said, addresses = WORDS.get(problem.errno, str(problem)), []
    took = (time.perf_counter() - began) * 1000
    return {"ms": took, "said": said, "addresses": addresses}


for _ in range(int(sys.argv[1])):
    print(json.dumps(look_up(sys.argv[2])))
