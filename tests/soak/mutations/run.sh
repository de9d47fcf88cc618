#!/bin/sh
# Puts one guarantee after the other out of order, in a copy of the tree, and expects a short soak to notice.
# Usage: run.sh [name ...]; without names, all of them.
set -u

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
copy=$root/target/mutations/tree
log=$root/target/mutations/soak.log
missed=0

[ $# -gt 0 ] || set -- $(cd "$here" && ls ./*.patch | sed 's|^\./||; s|\.patch$||')

for name in "$@"; do
  rm -rf "$copy"
  mkdir -p "$copy"
  # What is in the work tree, committed or not, and nothing that was built.
  (cd "$root" && git ls-files -z --cached --others --exclude-standard | tar --null --ignore-failed-read -T - -cf -) | tar -xf - -C "$copy"
  # Newer than what was built of the mutation before this one.
  sed -n 's|^+++ b/||p' "$here"/*.patch | sort -u | (cd "$copy" && xargs touch)
  echo "== $name: $(head -n 1 "$here/$name.patch")"
  if ! (cd "$copy" && GIT_CEILING_DIRECTORIES=$root/target/mutations git apply "$here/$name.patch"); then
    echo "   the patch does not apply: the code it changes has changed"
    missed=1
    continue
  fi
  # The same dependencies, built once; the crates of the copy are built beside those of the tree.
  if (cd "$copy" && CARGO_TARGET_DIR=$root/target cargo build --locked --quiet --profile bench -p soak --bin soak); then
    "$root/target/release/soak" --until-failure --seeds "${SEEDS:-10}" --invoices "${INVOICES:-1000}" --days "${DAYS:-30}" >"$log" 2>&1
    if [ $? -eq 0 ]; then
      echo "   NOT CAUGHT"
      missed=1
    else
      echo "   caught:"
      grep '^  *✗' "$log" | cut -c1-200 | head -n 3
    fi
  else
    echo "   it does not build"
    missed=1
  fi
done
rm -rf "$copy"
exit $missed
