// What is drawn is the same whatever is picked and whoever looks: it lies at an address, which a browser fetches once.
function fetched(state, address) {
  if (state.address !== address) {
    state.address = address;
    state.fetched = fetch(new URL(address, document.baseURI)).then((answer) => {
      if (!answer.ok) throw new Error(`${answer.status} ${address}`);
      return answer.json();
    });
    state.fetched.catch(() => { state.address = undefined; });  // the next run asks again
  }
  return state.fetched;
}
