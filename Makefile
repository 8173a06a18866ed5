# What a person types. `make` alone says what there is.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.ONESHELL:
.DEFAULT_GOAL := help

# ncurses draws the screen, capstone disassembles, cmark reads lessons, tracefs and traceevent hear the kernel, and
# pkg-config finds those; gcc and binutils make guests of sources; git fetches the Swift packages; tmux is the terminal
# in which the tests type at the real program.
PACKAGES := libncurses-dev libcapstone-dev libcmark-dev libtracefs-dev libtraceevent-dev pkg-config
PACKAGES += gcc libc6-dev binutils make git ca-certificates
TEST_PACKAGES := tmux

# Linked with Swift's own libraries inside, where the toolchain has them so: the program then starts in half the time.
STATIC := $(shell libraries="$$(dirname "$$(command -v swift)")/../lib/swift_static/linux"; \
    if [ -e "$$libraries/libswiftCore.a" ] && [ -e "$$(gcc -print-file-name=libstdc++.so 2> /dev/null)" ]; then \
        echo --static-swift-stdlib; fi)
RELEASE = swift build --configuration release --product kvmscope $(STATIC)

.PHONY: help run test bench build install-deps install-test-deps swift-there format lint

help:
	@cat << 'END'
	make run           install what is missing, build, open the menu of lessons
	make test          install what is missing, build, run all tests
	make bench         build, measure what watching costs
	make build         build the program with optimization
	make install-deps  install the packages that are missing, and nothing where none is
	make format        lay out the source
	make lint          say where its layout is not as it should be
	END

run: build
	@exec "$$($(RELEASE) --show-bin-path)/kvmscope"

bench: build
	@exec "$$($(RELEASE) --show-bin-path)/kvmscope" bench

build: install-deps swift-there
	@$(RELEASE)

# The tests run the program as it was built for them, so the log of the whole build stands before the first test.
test: install-test-deps swift-there
	@log=.build/tests.log
	mkdir -p .build
	swift build --build-tests
	swift test --skip-build --disable-xctest 2>&1 | tee "$$log" && status=0 || status=$$?
	echo
	grep -E '^[^ ]+ Test .* (skipped|recorded an issue)' "$$log" | sort -u || true
	grep -E '^[^ ]+ Test run with' "$$log" || echo 'The tests did not come to their end.'
	exit $$status

install-deps: wanted = $(PACKAGES)
install-test-deps: wanted = $(PACKAGES) $(TEST_PACKAGES)
install-deps install-test-deps:
	@missing=()
	if ! command -v dpkg-query > /dev/null; then
	    echo 'This is no Debian. What Debian calls $(wanted) must be there.'
	    exit 0
	fi
	for package in $(wanted); do
	    state=$$(dpkg-query --show --showformat='$${db:Status-Status}' "$$package" 2> /dev/null) || state=none
	    [ "$$state" = installed ] || missing+=("$$package")
	done
	[ $${#missing[@]} -gt 0 ] || exit 0
	root=()
	if [ "$$(id -u)" -ne 0 ]; then
	    if ! command -v sudo > /dev/null; then
	        echo "These packages are missing: $${missing[*]}. As root: apt-get install $${missing[*]}" >&2
	        exit 3
	    fi
	    root=(sudo)
	    echo "These packages are missing and will be installed by apt-get through sudo: $${missing[*]}"
	else
	    echo "These packages are missing and will be installed by apt-get: $${missing[*]}"
	fi
	"$${root[@]}" apt-get update -q
	"$${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$${missing[@]}"

swift-there:
	@command -v swift > /dev/null || { echo 'Swift 6.1 or newer is needed: https://www.swift.org/install/linux' >&2; exit 3; }

format:
	swift format --in-place --recursive --parallel Package.swift Sources Tests

lint:
	swift format lint --strict --recursive --parallel Package.swift Sources Tests

# `make test-svm`: the tests and lessons on a stock kernel with kvm_amd, under emulation.
include Tests/SVM/svm.mk
