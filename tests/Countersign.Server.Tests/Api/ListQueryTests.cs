using Countersign.Server.Tests.Running;
using CsCheck;

namespace Countersign.Server.Tests.Api;

public sealed class ListQueryTests(RunningServer server) : IClassFixture<RunningServer>
{
    [Fact]
    public async Task Walking_the_pages_visits_each_service_once_newest_first_and_back_again()
    {
        await Gen.Select(Gen.Int[0, 14], Gen.Int[1, 6]).SampleAsync(
            async sizes =>
            {
                var (count, pageSize) = sizes;
                var api = await server.NewAccountAsync();
                var sids = await CreateAsync(api, count);
                sids.Reverse();

                var pages = await WalkAsync(api, $"/v2/Services?PageSize={pageSize}", "next_page_url");
                var back = await WalkAsync(api, pages[^1].Text("meta.url")!, "previous_page_url");

                Assert.Equal(sids, pages.SelectMany(Sids));
                Assert.Equal(sids, Enumerable.Reverse(back).SelectMany(Sids));
                Assert.All(pages.SkipLast(1), page => Assert.Equal(pageSize, page.At("services").GetArrayLength()));
                Assert.Equal(Enumerable.Range(0, pages.Count), pages.Select(page => page.Number("meta.page")));
            },
            iter: 25,
            threads: 2);
    }

    [Fact]
    public async Task A_token_is_read_as_Twilios_SDK_for_iOS_writes_its_name()
    {
        var api = await server.NewAccountAsync();
        var sids = await CreateAsync(api, 3);
        sids.Reverse();
        var first = await api.GetAsync("/v2/Services?PageSize=2");
        var token = System.Web.HttpUtility.ParseQueryString(new Uri(first.Text("meta.next_page_url")!).Query)["PageToken"];

        var next = await api.GetAsync($"/v2/Services?PageSize=2&pageToken={token}");

        Assert.Equal(sids[2..], Sids(next));
    }

    [Fact]
    public async Task Deleting_services_while_paging_hides_none_of_the_others()
    {
        await Gen.Select(Gen.Int[1, 6], Gen.Int[0, 11].List[3]).SampleAsync(
            async chosen =>
            {
                var (pageSize, doomed) = chosen;
                var api = await server.NewAccountAsync();
                var sids = await CreateAsync(api, 12);
                sids.Reverse();
                var seen = new List<string>();
                var next = $"/v2/Services?PageSize={pageSize}";

                for (var i = 0; next is not null; i++)
                {
                    var page = (await api.GetAsync(next)).AssertStatus(200);
                    seen.AddRange(Sids(page));
                    if (i < doomed.Count)
                    {
                        await api.DeleteAsync($"/v2/Services/{sids[doomed[i]]}");
                    }

                    next = Path(page.Text("meta.next_page_url"));
                }

                Assert.Equal(seen, sids.Where(seen.Contains));
                Assert.Subset(doomed.Select(index => sids[index]).ToHashSet(), sids.Except(seen).ToHashSet());
            },
            iter: 15,
            threads: 2);
    }

    [Fact]
    public async Task The_meta_object_has_all_seven_keys_with_its_neighbours()
    {
        var api = await server.NewAccountAsync();
        await CreateAsync(api, 3);

        var first = await api.GetAsync("/v2/Services?PageSize=1");
        var second = await api.GetAsync(Path(first.Text("meta.next_page_url"))!);
        var third = await api.GetAsync(Path(second.Text("meta.next_page_url"))!);

        Assert.Equal(["page", "page_size", "first_page_url", "previous_page_url", "url", "next_page_url", "key"], first.NamesAt("meta"));
        Assert.Equal(["meta", "services"], first.NamesAt(""));
        Assert.Equal("services", first.Text("meta.key"));
        Assert.True(first.IsNull("meta.previous_page_url"));
        Assert.False(second.IsNull("meta.previous_page_url"));
        Assert.True(third.IsNull("meta.next_page_url"));
        Assert.Equal([0, 1, 2], new[] { first, second, third }.Select(page => page.Number("meta.page")));
        Assert.Equal(first.Text("meta.url"), third.Text("meta.first_page_url"));
    }

    [Fact]
    public async Task A_token_tells_nothing_of_how_many_rows_there_are_and_leads_no_other_account_anywhere()
    {
        var api = await server.NewAccountAsync();
        await CreateAsync(api, 2);
        var next = Path((await api.GetAsync("/v2/Services?PageSize=1")).Text("meta.next_page_url"))!;
        var token = System.Web.HttpUtility.ParseQueryString(next[next.IndexOf('?', StringComparison.Ordinal)..])["PageToken"]!;

        Assert.NotEqual(next, Path((await api.GetAsync("/v2/Services?PageSize=1")).Text("meta.next_page_url")));
        (await api.GetAsync(next)).AssertStatus(200);
        (await api.GetAsync($"/v2/Services?PageSize=1&Page=2147483647&PageToken={token}")).AssertStatus(200);
        (await server.Api.GetAsync(next)).AssertInvalid("PageToken", "not_a_page_token");
        (await api.GetAsync(next.Replace("PageToken=PA", "PageToken=PB", StringComparison.Ordinal))).AssertInvalid("PageToken", "not_a_page_token");
    }

    [Fact]
    public async Task An_empty_list_has_no_neighbours()
    {
        var api = await server.NewAccountAsync();

        var answer = await api.GetAsync("/v2/Services");

        Assert.Equal(50, answer.AssertStatus(200).Number("meta.page_size"));
        Assert.True(answer.IsNull("meta.previous_page_url") && answer.IsNull("meta.next_page_url"));
    }

    [Theory]
    [InlineData("PageSize=1")]
    [InlineData("PageSize=1000")]
    [InlineData("Page=0")]
    [InlineData("Unknown=1")]
    public async Task What_is_in_range_is_accepted(string query)
    {
        (await server.Api.GetAsync($"/v2/Services?{query}")).AssertStatus(200);
    }

    [Theory]
    [InlineData(1001)]
    [InlineData(int.MaxValue)]
    public async Task Of_more_than_a_thousand_a_page_has_a_thousand(int asked) =>
        Assert.Equal(1000, (await server.Api.GetAsync($"/v2/Services?PageSize={asked}")).AssertStatus(200).Number("meta.page_size"));

    [Theory]
    [InlineData("PageSize=0", "PageSize", "out_of_range")]
    [InlineData("PageSize=-1", "PageSize", "out_of_range")]
    [InlineData("PageSize=abc", "PageSize", "not_an_integer")]
    [InlineData("PageSize=", "PageSize", "empty")]
    [InlineData("PageSize=1&PageSize=2", "PageSize", "duplicated")]
    [InlineData("Page=-1", "Page", "out_of_range")]
    [InlineData("PageToken=garbage", "PageToken", "not_a_page_token")]
    [InlineData("PageToken=PA", "PageToken", "not_a_page_token")]
    [InlineData("PageToken=PA!!!!", "PageToken", "not_a_page_token")]
    [InlineData("PageToken=PALTE", "PageToken", "not_a_page_token")]
    [InlineData("PageToken=PAOTk5OTk5OTk5OTk5OTk5OTk5OTk5OQ", "PageToken", "not_a_page_token")]
    [InlineData("PageToken=PCMQ", "PageToken", "not_a_page_token")]
    [InlineData("PageToken=PAMQ", "PageToken", "not_a_page_token")]
    [InlineData("PageToken=", "PageToken", "empty")]
    public async Task What_is_no_page_is_refused(string query, string parameter, string reason)
    {
        (await server.Api.GetAsync($"/v2/Services?{query}")).AssertInvalid(parameter, reason);
    }

    [Theory]
    [InlineData("/v2/Services?Page=99")]
    [InlineData("/v2/Services?Page=1&PageSize=1")]
    [InlineData("/v2/Attempts?Page=1")]
    [InlineData(RunningServer.ServicePath + "/Entities?Page=1")]
    public async Task A_page_by_its_number_alone_is_not_the_first_page_under_another_name(string path)
    {
        (await server.Api.GetAsync(path)).AssertError(400, 20001, "page_token_required");
    }

    static async Task<List<Answer>> WalkAsync(ApiClient api, string start, string neighbour)
    {
        var pages = new List<Answer>();
        for (var next = Path(start); next is not null; next = Path(pages[^1].Text($"meta.{neighbour}")))
        {
            pages.Add((await api.GetAsync(next)).AssertStatus(200));
        }

        return pages;
    }

    static async Task<List<string>> CreateAsync(ApiClient api, int count)
    {
        var sids = new List<string>();
        for (var i = 0; i < count; i++)
        {
            sids.Add((await api.PostAsync("/v2/Services", ("FriendlyName", "Test"))).Text("sid")!);
        }

        return sids;
    }

    static IEnumerable<string> Sids(Answer page) => page.At("services").EnumerateArray().Select(service => service.GetProperty("sid").GetString()!);

    static string? Path(string? url) => url is null ? null : new Uri(new Uri("http://localhost"), url).PathAndQuery;
}
