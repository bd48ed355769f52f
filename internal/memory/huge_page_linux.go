package memory

import (
	"syscall"
	"unsafe"
)

// adviseHuge asks the kernel for large pages behind data, whose first use then costs
// a five-hundredth as many page faults. It is advice: where there are none to be had,
// nothing changes.
func adviseHuge[T float32 | float64](data []T) {
	const page = 2 << 20
	b := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(data))), len(data)*int(unsafe.Sizeof(data[0])))
	skip := int(-address(data) % page)
	if whole := (len(b) - skip) / page * page; whole > 0 {
		_ = syscall.Madvise(b[skip:skip+whole], syscall.MADV_HUGEPAGE)
	}
}
