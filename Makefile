# What a person types. `make` alone says what there is.

SHELL := /bin/bash
.DEFAULT_GOAL := help

# ncurses draws the screen, capstone disassembles, cmark reads lessons, tracefs and traceevent hear the kernel, sqlite3
# keeps recordings, and pkg-config finds those; gcc and binutils make guests of sources; git fetches the Swift packages;
# tmux is the terminal in which the tests type at the real program.
PACKAGES := libncurses-dev libcapstone-dev libcmark-dev libtracefs-dev libtraceevent-dev libsqlite3-dev pkg-config
PACKAGES += gcc libc6-dev binutils make git ca-certificates
TEST_PACKAGES := tmux

# Linked with Swift's own libraries inside, where the toolchain has them so: the program then starts in half the time.
STATIC := $(shell libraries="$$(dirname "$$(command -v swift)")/../lib/swift_static/linux"; \
    if [ -e "$$libraries/libswiftCore.a" ] && [ -e "$$(gcc -print-file-name=libstdc++.so 2> /dev/null)" ]; then \
        echo --static-swift-stdlib; fi)
RELEASE = swift build --configuration release --product kvmscope $(STATIC)

.PHONY: help run test bench build install-deps install-test-deps swift-there format lint

help:
	@echo 'make run           install what is missing, build, open the menu of lessons'
	@echo 'make test          install what is missing, build, run all tests'
	@echo 'make test-svm      the tests and lessons on an emulated AMD-V host; fetches its kernel'
	@echo 'make bench         build, measure what watching costs'
	@echo 'make recordings    make the recordings of the lessons anew, on an emulated AMD-V host'
	@echo 'make build         build the program with optimization'
	@echo 'make install-deps  install the packages that are missing, and nothing where none is'
	@echo 'make format        lay out the source'
	@echo 'make lint          say where its layout is not as it should be'

run: build
	@"$$($(RELEASE) --show-bin-path)/kvmscope"

bench: build
	@"$$($(RELEASE) --show-bin-path)/kvmscope" bench

build: install-deps swift-there
	@$(RELEASE)

test: install-test-deps swift-there
	@Tests/run

install-deps:
	@Tests/install-packages $(PACKAGES)

install-test-deps:
	@Tests/install-packages $(PACKAGES) $(TEST_PACKAGES)
	@Tests/install-browser

swift-there:
	@command -v swift > /dev/null || { echo 'Swift 6.1 or newer is needed: https://www.swift.org/install/linux' >&2; exit 3; }

format:
	swift format --in-place --recursive --parallel Package.swift Sources Tests

lint:
	swift format lint --strict --recursive --parallel Package.swift Sources Tests

# `make test-svm`: the tests and lessons on a stock kernel with kvm_amd, under emulation.
include Tests/SVM/svm.mk
