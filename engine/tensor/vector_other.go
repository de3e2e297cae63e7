//go:build !amd64

package tensor

func vectorNames() []string { return nil }

func vectorDevice(string, GenericOptions) Device { return nil }
