package spec

// Where a run may train. It is the machine's business, not the Spec's: a Spec has no word of it.
const (
	OnCPU  = "cpu"
	OnGPU  = "gpu"  // the graphics card, where there is one
	OnAuto = "auto" // ten steps of each, then the faster
	OnBoth = "both" // on the CPU, and then on the card, to be compared
)

// Places lists them as they are offered.
var Places = []string{OnCPU, OnGPU, OnAuto, OnBoth}

// Agreement is how far two models answer alike on the same test texts.
type Agreement struct {
	Texts int     `json:"texts"`
	Agree int     `json:"agree"` // answers that are the same
	Most  float64 `json:"most"`  // difference of a probability
}

// Choice is which device trains, and why.
type Choice struct {
	Asked string `json:"asked"` // one of Places
	Took  string `json:"took"`  // OnCPU or OnGPU
	Card  string `json:"card,omitempty"`

	// Of Auto: the steps that each took, and what one is worth in milliseconds.
	Steps int     `json:"steps,omitempty"`
	CPUMS float64 `json:"cpu_ms,omitempty"`
	GPUMS float64 `json:"gpu_ms,omitempty"`

	// Why the card does not train where it was asked for: gpu_none, gpu_lost, gpu_memory, gpu_shader.
	Code    string `json:"code,omitempty"`
	Message string `json:"message,omitempty"`
}
