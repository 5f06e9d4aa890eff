// Tells the reader when their login ends while the page is open. The server
// closes the stream then; without scripts the next click finds out.
const notice = document.querySelector("[data-stream]");
if (notice) {
  const stream = new EventSource("/api/stream");
  stream.addEventListener("end", () => {
    stream.close();
    notice.textContent = notice.dataset.stream;
    notice.hidden = false;
  });
  addEventListener("pagehide", () => stream.close());
}
