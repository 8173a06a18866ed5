# The second test host: Debian's kernel with kvm_amd, under QEMU's software emulation (Tests/SVM/run).

# These make its disks and unpack its kernel; QEMU and the kernel are fetched and not installed.
test-svm: TEST_PACKAGES += e2fsprogs xz-utils zstd

.PHONY: test-svm recordings
test-svm: install-test-deps swift-there
	@swift build --build-tests
	@./Tests/SVM/test

recordings: install-deps swift-there
	@Tests/install-packages e2fsprogs xz-utils zstd
	@swift build --product kvmscope
	@./Tests/SVM/recordings
