package notes

import (
	"crypto/rand"
	"slices"
	"sync"
)

// A user has at most MaxNotes notes, of at most MaxText bytes.
const (
	MaxNotes = 1000
	MaxText  = 4 << 10
)

// Note is a note.
type Note struct {
	ID   string `json:"id"`
	Text string `json:"text"`
}

// Book keeps the notes of all users in memory. The zero Book is empty and ready.
// It is safe for concurrent use.
type Book struct {
	mu    sync.Mutex
	notes map[string][]Note
}

// List returns the notes of a user, the oldest first; never nil.
func (b *Book) List(user string) []Note {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]Note{}, b.notes[user]...)
}

// Add adds a note, if it has a text and there is room for it.
func (b *Book) Add(user, text string) (Note, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if text == "" || len(text) > MaxText || len(b.notes[user]) >= MaxNotes {
		return Note{}, false
	}
	if b.notes == nil {
		b.notes = map[string][]Note{}
	}
	n := Note{rand.Text(), text}
	b.notes[user] = append(b.notes[user], n)
	return n, true
}

// Delete deletes a note, if the user has it.
func (b *Book) Delete(user, id string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if notes := b.notes[user]; notes != nil {
		b.notes[user] = slices.DeleteFunc(notes, func(n Note) bool { return n.ID == id })
	}
}
