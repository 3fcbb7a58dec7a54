// A fault of the dashboard's own ends its module in the middle of something: nothing on the page works any
// more, and the module cannot say so itself.
const tell = (error) => {
  if (error instanceof WebAssembly.RuntimeError) document.getElementById("failed").hidden = false;
};
addEventListener("error", ({ error }) => tell(error));
addEventListener("unhandledrejection", ({ reason }) => tell(reason));
