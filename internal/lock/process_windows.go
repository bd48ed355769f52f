package lock

import (
	"errors"
	"strconv"

	"golang.org/x/sys/windows"
)

// machine: the host's name is all that is asked for.
func machine() string { return "" }

// boot: Windows has no name for the time since it was started. The times at which
// processes began serve as well.
func boot() string { return "" }

// stillActive is the exit code of a process that has not ended, STILL_ACTIVE.
const stillActive = 259

// exists reports whether there is a process of that number that has not ended.
func exists(process int) bool {
	h, err := windows.OpenProcess(windows.PROCESS_QUERY_LIMITED_INFORMATION, false, uint32(process))
	if err != nil {
		return !errors.Is(err, windows.ERROR_INVALID_PARAMETER) // that is: there is none
	}
	defer func() { _ = windows.CloseHandle(h) }()
	var code uint32
	return windows.GetExitCodeProcess(h, &code) != nil || code == stillActive
}

// startOf returns when a process began; "" where that is not told.
func startOf(process int) string {
	h, err := windows.OpenProcess(windows.PROCESS_QUERY_LIMITED_INFORMATION, false, uint32(process))
	if err != nil {
		return ""
	}
	defer func() { _ = windows.CloseHandle(h) }()
	var began, ended, kernel, user windows.Filetime
	if windows.GetProcessTimes(h, &began, &ended, &kernel, &user) != nil {
		return ""
	}
	return strconv.FormatInt(began.Nanoseconds(), 10)
}
