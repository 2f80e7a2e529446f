package history

// The tests look at the coded forms without a file around them.
var (
	Encode      = encode
	Decode      = decode
	EncodeBody  = encodeBody
	ReadJournal = readJournal
)

// DecodeBody reads a body of the present schema.
func DecodeBody(b []byte) (*Run, error) { return decodeBody(recordSchema, b) }

// What the tests need to know of the bounds.
const (
	OddityBound  = oddityBound
	AttemptBound = attemptBound
	FullBlocks   = fullBlocks
	BlockSize    = blockSize
)
