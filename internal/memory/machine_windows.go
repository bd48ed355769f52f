package memory

import (
	"unsafe"

	"golang.org/x/sys/windows"
)

var installed = windows.NewLazySystemDLL("kernel32.dll").NewProc("GetPhysicallyInstalledSystemMemory")

// Machine returns how many bytes of memory this process may use, the machine's. 0 is a
// system that does not say.
func Machine() int64 {
	var kilobytes uint64
	if installed.Find() != nil {
		return 0
	}
	if ok, _, _ := installed.Call(uintptr(unsafe.Pointer(&kilobytes))); ok == 0 {
		return 0
	}
	return int64(kilobytes) * 1024
}
