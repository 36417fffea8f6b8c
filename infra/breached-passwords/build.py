"""Rebuilds shared/identity/src/accounts/breached_passwords.bin, byte for byte, from two packages.

Fetch them with their own clients, in an empty directory:

    cargo init --lib --name lists && cargo add passablewords@=1.0.1 && cargo vendor
    pip download --no-deps Django==5.2.19

and run, from the root of this repository (LISTS being that directory):

    python3 infra/breached-passwords/build.py \\
        LISTS/vendor/passablewords/src/common-passwords.txt \\
        LISTS/django-5.2.19-py3-none-any.whl \\
        shared/identity/src/accounts/breached_passwords.bin

The NOTICE beside this file says whose lists these are. Python 3.9 or later, standard library only.

The file, whose reader is breached_passwords.rs:

    2^14 + 1 numbers of four bytes, little endian: entry n says where bucket n begins, counted in suffixes
    the suffixes, three bytes each, ascending within their bucket

A password's bucket is the first 14 bits of the SHA-256 digest of its folded form, its suffix the third to fifth byte.
"""

import gzip
import hashlib
import sys
import unicodedata
import zipfile

# Another edition of a list would silently give another file, and the figures in breached_passwords.rs would lie.
PASSABLEWORDS_SHA256 = "23f6d0966ef823a5cc746234e49bbf95eff14f8e425eca9263cdeaec6e11285f"
DJANGO_MEMBER = "django/contrib/auth/common-passwords.txt.gz"
DJANGO_SHA256 = "3c1baed62596de36860824eb3f436d5932d37ca8b06e59df78f5a44ec175afe4"

# What the password policy admits; anything else is refused before the list is asked.
SHORTEST, LONGEST = 8, 128

BUCKET_BITS = 14
SUFFIX = slice(2, 5)


def expect(name, content, sha256):
    """Stops unless `content` is the edition that this script was written for."""
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        sys.exit(f"{name} is another edition: its SHA-256 is {found}, not {sha256}")
    return content


def fold(password):
    """NFC, then lower case character by character: a whole-string lower() would treat a final sigma differently from
    the reader, which folds one character at a time."""
    return "".join(character.lower() for character in unicodedata.normalize("NFC", password))


def main(passablewords_path, django_path, output_path):
    with open(passablewords_path, "rb") as file:
        passablewords = expect(passablewords_path, file.read(), PASSABLEWORDS_SHA256)
    with zipfile.ZipFile(django_path) as wheel:
        django = gzip.decompress(expect(django_path, wheel.read(DJANGO_MEMBER), DJANGO_SHA256))

    lines = (passablewords + b"\n" + django).decode("utf-8").split("\n")
    folded = (fold(line.rstrip("\r")) for line in lines)
    passwords = {password for password in folded if SHORTEST <= len(password) <= LONGEST}

    buckets = [set() for _ in range(1 << BUCKET_BITS)]
    for password in passwords:
        digest = hashlib.sha256(password.encode("utf-8")).digest()
        buckets[int.from_bytes(digest[:2], "big") >> (16 - BUCKET_BITS)].add(digest[SUFFIX])

    index, suffixes, begin = bytearray(), bytearray(), 0
    for bucket in buckets:
        index += begin.to_bytes(4, "little")
        begin += len(bucket)
        suffixes += b"".join(sorted(bucket))
    index += begin.to_bytes(4, "little")

    with open(output_path, "wb") as file:
        file.write(index + suffixes)
    print(
        f"{len(passwords)} passwords, {begin} entries, {len(index) + len(suffixes)} bytes, fullest bucket "
        f"{max(map(len, buckets))}, SHA-256 {hashlib.sha256(index + suffixes).hexdigest()}"
    )


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])
