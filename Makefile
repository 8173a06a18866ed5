# What a person types. `make` alone says what there is.

SHELL := /bin/bash
.DEFAULT_GOAL := help

# ncurses draws the screen, capstone disassembles, cmark reads lessons, tracefs and traceevent hear the kernel, sqlite3
# keeps recordings, and pkg-config finds those; gcc and binutils make guests of sources; g++ has the library that Swift
# links; git fetches the Swift packages; tmux is the terminal in which the tests type at the real program, and procps has
# the pgrep with which they look for it.
PACKAGES := libncurses-dev libcapstone-dev libcmark-dev libtracefs-dev libtraceevent-dev libsqlite3-dev pkg-config
PACKAGES += gcc g++ libc6-dev binutils make git ca-certificates
TEST_PACKAGES := tmux procps

# Linked with Swift's own libraries inside, where the toolchain has them so: the program then starts in half the time,
# and runs where there is no Swift. Asked anew in each recipe, since the packages may have come just before.
STATIC = $(shell libraries="$$(dirname "$$(command -v swift)")/../lib/swift_static/linux"; \
    if [ -e "$$libraries/libswiftCore.a" ] && [ -e "$$(gcc -print-file-name=libstdc++.so 2> /dev/null)" ]; then \
        echo --static-swift-stdlib; fi)
# What the program says that it is made of.
COMMIT = $(shell git describe --always --dirty=+changes --exclude '*' 2> /dev/null)
RELEASE = KVMSCOPE_COMMIT='$(COMMIT)' swift build --configuration release --product kvmscope $(STATIC)
PROGRAM := .build/release/kvmscope

PREFIX ?= /usr/local
DESTDIR ?=

.PHONY: help run test bench build picture install deb test-deb install-deps install-test-deps swift-there format lint

help:
	@echo 'make run           install what is missing, build, open the menu of lessons'
	@echo 'make test          install what is missing, build, run all tests'
	@echo 'make test-svm      the tests and lessons on an emulated AMD-V host; fetches its kernel'
	@echo 'make bench         build, measure what watching costs'
	@echo 'make recordings    make the recordings of the lessons anew, on an emulated AMD-V host'
	@echo 'make picture       draw the picture of the README anew'
	@echo 'make build         build the program with optimization'
	@echo 'make install       put the program, lessons, man page and completions below PREFIX (DESTDIR is for packagers)'
	@echo 'make deb           make a Debian package of the same, in .build/deb'
	@echo 'make test-deb      install that package in a bare Debian and run it there; as root, needs debootstrap'
	@echo 'make install-deps  install the packages that are missing, and nothing where none is'
	@echo 'make format        lay out the source'
	@echo 'make lint          say where its layout is not as it should be'

run: build
	@$(PROGRAM)

bench: build
	@$(PROGRAM) bench

build: install-deps swift-there
	@$(RELEASE)

test: install-test-deps swift-there
	@Tests/run

# As root after `make build` as somebody else, nothing is built, and no Swift is needed.
install:
	@[ -x $(PROGRAM) ] || $(MAKE) --no-print-directory build
	@Tests/Packaging/install '$(PREFIX)' '$(DESTDIR)'

deb: build
	@Tests/install-packages dpkg-dev
	@Tests/Packaging/deb

test-deb:
	@Tests/Packaging/try-deb

picture: build
	@Tests/Packaging/picture

# Before anything is installed, Swift is asked whether it runs and is new enough; what it lacks itself comes with the rest.
install-deps:
	@lacking=$$(Tests/check-swift) && Tests/install-packages $$lacking $(PACKAGES)

install-test-deps:
	@lacking=$$(Tests/check-swift) && Tests/install-packages $$lacking $(PACKAGES) $(TEST_PACKAGES)
	@Tests/install-browser

swift-there: install-deps
	@Tests/check-swift --ready

format:
	swift format --in-place --recursive --parallel Package.swift Sources Tests

lint:
	swift format lint --strict --recursive --parallel Package.swift Sources Tests

# `make test-svm`: the tests and lessons on a stock kernel with kvm_amd, under emulation.
include Tests/SVM/svm.mk

# The lists of panes and facts in Documentation/LESSONS.md, from the tables of the program.
.PHONY: lists
lists:
	@swift build --product kvmscope && .build/debug/kvmscope lists Documentation/LESSONS.md
