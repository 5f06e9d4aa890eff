// Package drive carries out a plan of visitors against a shop, over HTTP, and
// keeps a journal of each.
package drive
