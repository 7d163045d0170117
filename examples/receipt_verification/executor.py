"""An executor that pays refunds: it acts on a receipt alone, whoever hands it over.

    python executor.py KEYS.json < REQUEST.json

A request is {"intent_id", "payload", "receipt"}: what an agent hands over after its approval. With AXME_BASE_URL and
AXME_API_KEY set the receipt is redeemed too, so that it is paid once.
"""

import json
import os
import sys
import urllib.error
import urllib.request
from pathlib import Path

from receipts import BadReceipt, verify


def redeem(receipt_id):
    """Take the receipt for this executor. Raises BadReceipt when somebody else has, or when it counts no more."""
    request = urllib.request.Request(
        f"{os.environ['AXME_BASE_URL']}/v1/receipts/{receipt_id}/redeem",
        method="POST",
        headers={"x-api-key": os.environ["AXME_API_KEY"]},
    )
    try:
        urllib.request.urlopen(request, timeout=30).close()
    except urllib.error.HTTPError as refused:
        raise BadReceipt(json.load(refused)["error"]["message"]) from None


def main(keys_file):
    """Pay what the request asks for, if its receipt says so."""
    keys, asked = json.loads(Path(keys_file).read_text()), json.load(sys.stdin)
    try:
        claims = verify(asked["receipt"], keys, payload=asked["payload"], intent_id=asked["intent_id"])
        if "AXME_BASE_URL" in os.environ:
            redeem(claims["jti"])
    except BadReceipt as why:
        print(f"refused: {why}")
        return 1
    amount = claims.get("approved", asked["payload"])["amount"]
    print(f"paid {amount}, approved by {claims['decided_by']}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
