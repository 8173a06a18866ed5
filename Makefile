# What a person types. `make` alone says what there is.
# Packages are installed only where they are missing, through sudo only where needed, and never without saying so.

SHELL := /bin/bash
.DEFAULT_GOAL := help

# ncurses for the screen, capstone to disassemble, cmark to read lessons, the toolchain for guests from source,
# git to fetch the Swift packages, tmux for the test that types at the real program.
PACKAGES := libncurses-dev libcapstone-dev libcmark-dev libtracefs-dev libtraceevent-dev pkg-config gcc libc6-dev binutils git ca-certificates
TEST_PACKAGES := $(PACKAGES) tmux

BUILD := swift build -c release --product kvmscope
PROGRAM = $(shell $(BUILD) --show-bin-path)/kvmscope

.PHONY: help run test bench build install-deps install-test-deps swift-there format lint

help:
	@echo 'make run           install what is missing, build, open the lesson menu'
	@echo 'make test          install what is missing, build, run all tests'
	@echo 'make bench         build, measure what watching costs'
	@echo 'make build         build the program with optimization'
	@echo 'make install-deps  install the packages that are missing, no more'
	@echo 'make format lint   lay the source out, or say where it is not'

run: build
	@"$(PROGRAM)"

test: install-test-deps swift-there
	@./Tests/run

bench: build
	@"$(PROGRAM)" bench

build: install-deps swift-there
	@$(BUILD)

install-deps:
	@./Tests/install-packages $(PACKAGES)

install-test-deps:
	@./Tests/install-packages $(TEST_PACKAGES)

swift-there:
	@command -v swift > /dev/null || { echo 'Swift 6.1 or newer is needed: https://www.swift.org/install/linux' >&2; exit 3; }

format:
	swift format --in-place --recursive --parallel Package.swift Sources Tests

lint:
	swift format lint --strict --recursive --parallel Package.swift Sources Tests
