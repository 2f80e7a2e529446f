package history

// The tests look at the coded forms without a file around them.
var (
	Encode      = encode
	Decode      = decode
	EncodeBody  = encodeBody
	DecodeBody  = decodeBody
	ReadJournal = readJournal
)

// What the tests need to know of the bounds.
const (
	OddityBound  = oddityBound
	AttemptBound = attemptBound
	FullBlocks   = fullBlocks
	BlockSize    = blockSize
)
