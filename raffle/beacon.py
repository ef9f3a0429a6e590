"""The public beacon: rounds of drand's quicknet, fetched after the box is locked, their signature checked.

A round is a BLS signature (on G1 of BLS12-381, RFC 9380) over its number by a threshold of independent operators: nobody
knows it before its time, and nobody can make another one.
"""

import contextlib
import hashlib
import json
import sys
from concurrent.futures import ThreadPoolExecutor, as_completed

from django.conf import settings

from raffle import protocol

PUBLIC_KEY = bytes.fromhex(
    "83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d106451"
    "0d1fec758c921cc22b0e17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a"
)
SUITE = b"BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_"
SECONDS = 4.0
LARGEST = 4096  # bytes of an answer


class Unreachable(Exception):
    """No operator answered with this round: it is too early, or there is no internet."""


class Forged(Exception):
    """An answer came whose signature is not drand's."""


def fetch(number: int) -> str:
    """The signature of a round of quicknet as hex, checked. Raises Unreachable or Forged."""
    forged = False
    for address in settings.DRAND_URLS:
        try:
            given, signature = _ask(f"{address.rstrip('/')}/{protocol.QUICKNET}/public/{number}")
        except Unreachable:
            continue
        if given != number:
            continue
        if genuine(number, signature):
            return signature.hex()
        forged = True
    raise Forged if forged else Unreachable


def newest() -> int:
    """The newest round, as the first operator who answers has it; its signature is not checked. Raises Unreachable.

    All are asked at once, and for so long as a host waits who has pressed the key.
    """
    addresses = [f"{address.rstrip('/')}/{protocol.QUICKNET}/public/latest" for address in settings.DRAND_URLS]
    pool = ThreadPoolExecutor(max(1, len(addresses)))
    try:
        for answer in as_completed([pool.submit(_ask, address) for address in addresses], timeout=SECONDS):
            with contextlib.suppress(Unreachable):
                return answer.result()[0]
    except TimeoutError:
        pass
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    raise Unreachable


def _ask(url: str) -> tuple[int, bytes]:
    import httpx

    try:
        with httpx.stream("GET", url, timeout=SECONDS, follow_redirects=False) as answer:
            text = b""
            for chunk in answer.iter_bytes():
                text += chunk
                if len(text) > LARGEST:
                    raise Unreachable
        said = json.loads(text)
        if answer.status_code != 200 or type(said["round"]) is not int or said["round"] < 1:
            raise Unreachable
        return said["round"], bytes.fromhex(said["signature"])
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, KeyError, TypeError, RecursionError):
        raise Unreachable from None


def genuine(number: int, signature: bytes) -> bool:
    """Whether this is quicknet's signature of the round."""
    limit = sys.getrecursionlimit()
    import py_ecc  # noqa: F401  (raises the limit to 100,000: a stranger's nested JSON would then crash the process)

    sys.setrecursionlimit(limit)
    from py_ecc.bls.g2_primitives import pubkey_to_G1, signature_to_G2, subgroup_check
    from py_ecc.bls.hash_to_curve import hash_to_G1
    from py_ecc.optimized_bls12_381 import FQ12, G2, final_exponentiate, is_inf, neg, pairing

    if len(signature) != 48:
        return False
    try:
        # py_ecc names them for Ethereum: a compressed point of G1
        point = pubkey_to_G1(signature)  # type: ignore[arg-type]
    except (ValueError, AssertionError):
        return False
    if is_inf(point) or not subgroup_check(point):
        return False
    message = hash_to_G1(hashlib.sha256(number.to_bytes(8, "big")).digest(), SUITE, hashlib.sha256)  # type: ignore[arg-type]
    left = pairing(G2, point, final_exponentiate=False)
    right = pairing(signature_to_G2(PUBLIC_KEY), neg(message), final_exponentiate=False)  # type: ignore[arg-type]
    return final_exponentiate(left * right) == FQ12.one()
