#!/usr/bin/env bash
# Installs what scripts/packages lists, as root or through sudo. Does nothing where everything is there already.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

plain=() backported=()
while read -r package; do
    name=${package%%/*}
    if [ "$(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null)" = installed ]; then continue; fi
    if [ "$name" = "$package" ]; then plain+=("$name"); else backported+=("$name"); fi
done < <(sed 's/#.*//; s/[[:space:]]//g; /^$/d' "$here/packages")
if [ ${#plain[@]} -eq 0 ] && [ ${#backported[@]} -eq 0 ]; then exit 0; fi

. /etc/os-release
if [ "${VERSION_CODENAME:-}" != bookworm ]; then
    echo "setup: made for Debian 12 (bookworm); this is ${PRETTY_NAME:-unknown}. Missing: ${plain[*]} ${backported[*]}" >&2
    exit 1
fi
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }
install() { as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@"; }

# Backports live beside the suite that this machine already uses, so their address is that of its own source.
enable_backports() {
    local uri targets
    targets=$(apt-get indextargets --format '$(RELEASE) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages')
    if grep -q '^bookworm-backports main ' <<<"$targets"; then return; fi
    uri=$(awk '$1 == "bookworm" && $2 == "main" { print $3; exit }' <<<"$targets")
    if [ -z "$uri" ]; then
        echo "setup: apt has no source of bookworm/main from which to derive that of bookworm-backports" >&2
        exit 1
    fi
    {
        printf 'Types: deb\nURIs: %s\nSuites: bookworm-backports\nComponents: main\n' "$uri"
        keyring=/usr/share/keyrings/debian-archive-keyring.gpg
        if [ -f "$keyring" ]; then printf 'Signed-By: %s\n' "$keyring"; fi
    } | as_root tee /etc/apt/sources.list.d/bookworm-backports.sources >/dev/null
}

if [ ${#backported[@]} -gt 0 ]; then enable_backports; fi
as_root apt-get update -q
if [ ${#plain[@]} -gt 0 ]; then install "${plain[@]}"; fi
if [ ${#backported[@]} -gt 0 ]; then install -t bookworm-backports "${backported[@]}"; fi
