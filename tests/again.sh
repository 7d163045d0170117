#!/bin/sh
# What failed beside all other tests, tried once more alone. What fails again, fails; what passes is named as unsteady,
# which is a fault too, of the test or of the product, but none of what was changed last. More than three are not tried again.
set -u
python=$1
failed=.pytest_cache/v/cache/lastfailed
count=$(grep -c '": true' "$failed" 2>/dev/null)
if [ "${count:-0}" -eq 0 ] || [ "$count" -gt 3 ]; then exit 1; fi
unsteady=$(grep '": true' "$failed")
echo "Failed, and tried once more alone:"
echo "$unsteady"
"$python" -m pytest -q --last-failed --last-failed-no-failures none || exit 1
echo "UNSTEADY: passed alone, failed beside the others as told above. To be mended:"
echo "$unsteady"
