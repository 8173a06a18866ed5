# The second test host: Debian's kernel with kvm_amd, under QEMU's software emulation.

.PHONY: test-svm
test-svm:
	swift build --build-tests
	Tests/SVM/test
