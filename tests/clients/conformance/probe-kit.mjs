// What probes of several resources have in common.

/** The parameters of every list, of which there are two things by then. */
export function page(list, makeOne, { leadsBack = true, refusal = [400, 60200] } = {}) {
  const two = async (w) => { await makeOne(w); await makeOne(w); };
  return {
    PageSize: { good: async (w) => { await two(w); return 1; }, shows: false, effect: (w, { body }) => body.meta.page_size === 1 && body[list].length === 1 && body.meta.next_page_url !== null, wrong: 0, refusal },
    Page: { good: 0, shows: "meta.page", wrong: "first", refusal },
    PageToken: {
      // The token of the second page.
      good: async (w, send) => { await two(w); return new URL((await send(w, { PageSize: 1 })).body.meta.next_page_url).searchParams.get("PageToken"); },
      shows: false, more: { Page: 1, PageSize: 1 }, effect: (w, { body }) => body.meta.page === 1 && body[list].length === 1 && (body.meta.previous_page_url !== null) === leadsBack, wrong: "nonsense", refusal,
    },
  };
}
