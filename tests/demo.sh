#!/bin/sh
# What `make demo` does once everything is built: tests/demo.sh BUILD
# Render the book, run every lab step on this computer and on the practice cloud, say where things are. Exit 0 only if all worked.
set -u
cd "$(dirname "$0")/.." || exit 2
build=$1
start=$(date +%s)

echo "Rendering the book"
"$build/labbook" build --out site . || { echo "demo: the book did not render" >&2; exit 1; }
echo
echo "Running every lab step on this computer"
"$build/labbook" run --all --target local || { echo "demo: a lab step failed" >&2; exit 1; }
echo
echo "Running the steps in the cloud on practice clouds of their own, which are gone afterwards"
"$build/labbook" run --all --target practice || { echo "demo: a lab step on the practice cloud failed" >&2; exit 1; }
echo
echo "All of it worked, in $(($(date +%s) - start)) s. Open the book:"
echo "  $build/labbook serve        then http://127.0.0.1:4400: press Run on any lab step"
echo "  site/index.html            the same pages as plain files"
