#!/bin/sh
# Installs the system packages that the tests need beside Python (a browser and its fonts, Java and Maven
# for Apache Kafka, the checkers of Prometheus and Alertmanager), where that is allowed; where it is not,
# names them. Those tests then skip aloud (with CI=true they fail).
set -eu
needed=""
command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1 || command -v google-chrome >/dev/null 2>&1 \
  || needed=" chromium"
fc-list 2>/dev/null | grep -qi "noto.*cjk" || needed="$needed fonts-noto-cjk"
# Kafka's broker needs Java 17 or newer; the distribution's default is that on Debian 12+ and Ubuntu 24.04+.
java="${JAVA_HOME:+$JAVA_HOME/bin/}java"
java_version=$("$java" -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p' | head -n 1) || java_version=""
[ "${java_version:-0}" -ge 17 ] || needed="$needed default-jre-headless"
command -v mvn >/dev/null 2>&1 || needed="$needed maven"
command -v promtool >/dev/null 2>&1 || needed="$needed prometheus"
command -v amtool >/dev/null 2>&1 || needed="$needed prometheus-alertmanager"
[ -n "$needed" ] || exit 0
if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
  echo "installing system packages:$needed"
  # shellcheck disable=SC2086  # a list of names
  DEBIAN_FRONTEND=noninteractive sh -c "apt-get update -qq && apt-get install -y -qq --no-install-recommends $needed" >/dev/null && {
    # Only promtool and amtool are wanted: no service is to listen because of a test.
    case "$needed" in *prometheus*)
      [ ! -d /run/systemd/system ] || systemctl disable --quiet --now prometheus prometheus-alertmanager || true ;;
    esac
    exit 0
  }
fi
echo "missing system packages:$needed — install them to run the browser's, Kafka's and deployment's tests, e.g.: sudo apt-get install$needed" >&2
[ "${CI:-}" != true ]
