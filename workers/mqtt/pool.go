package mqtt

import "sync"

// A block is memory on loan: pending bytes, the copy of a PUBLISH until it is acknowledged, the buffer of one read.
type block struct {
	bytes []byte
	class int // index of its pool; below 0: too large for any
}

const (
	smallestBlock = 64
	blockClasses  = 11
	// largestBlock is the size of a read buffer.
	largestBlock = smallestBlock << (blockClasses - 1)
)

// blocks are the pools, one for every power of two. They belong to the process and not to a session, because
// a thousand idle sessions are to share what one of them needs now and then; what they hold has no meaning.
var blocks [blockClasses]sync.Pool //nolint:gochecknoglobals // a cache of memory is no state

// borrow returns a block of at least size bytes with old content.
func borrow(size int) *block {
	class, fits := 0, smallestBlock
	for fits < size {
		class++
		fits <<= 1
	}
	if class >= blockClasses {
		return &block{bytes: make([]byte, size), class: -1}
	}
	if b, ok := blocks[class].Get().(*block); ok {
		return b
	}
	return &block{bytes: make([]byte, fits), class: class}
}

// giveBack ends the loan; nil is allowed.
func (b *block) giveBack() {
	if b != nil && b.class >= 0 {
		blocks[b.class].Put(b)
	}
}
