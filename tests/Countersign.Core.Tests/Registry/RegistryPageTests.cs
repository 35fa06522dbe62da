using Countersign.Core.Registry;

namespace Countersign.Core.Tests.Registry;

public sealed class RegistryPageTests
{
    static readonly long[] Entries = [3, 1, 5, 2, 4];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(9)]
    public void Pages_walked_forth_and_back_show_every_entry_once_newest_first(int size)
    {
        var pages = new List<Page<long>> { Of(new PageRequest(size, null)) };
        while (pages[^1].Next is { } next)
            pages.Add(Of(new PageRequest(size, next)));

        Assert.Equal([5, 4, 3, 2, 1], pages.SelectMany(page => page.Items));
        for (var i = pages.Count - 1; i > 0; i--)
            Assert.Equal(pages[i - 1].Items, Of(new PageRequest(size, pages[i].Previous)).Items);
        Assert.Null(pages[0].Previous);
    }

    [Fact]
    public void A_place_stays_right_when_its_neighbour_is_gone_and_a_newer_one_is_there()
    {
        var place = Of(new PageRequest(2, null)).Next;

        var page = RegistryPage.Of<long>([6, 5, 3, 2, 1], entry => entry, new PageRequest(2, place));

        Assert.Equal([3L, 2L], page.Items);
    }

    [Fact]
    public void A_place_beyond_either_end_gives_an_empty_page_or_the_nearest()
    {
        Assert.Empty(Of(new PageRequest(2, new PageCursor(0, Backwards: false))).Items);
        Assert.Empty(Of(new PageRequest(2, new PageCursor(5, Backwards: true))).Items);
        Assert.Equal([2L, 1L], Of(new PageRequest(2, new PageCursor(-7, Backwards: true))).Items);
        Assert.Empty(RegistryPage.Of<long>([], entry => entry, new PageRequest(2, null)).Items);
    }

    [Fact]
    public void Two_entries_of_one_moment_get_a_millisecond_each()
    {
        var now = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

        Assert.Equal(now, RegistryPage.NextMoment([], now));
        Assert.Equal(now.AddMilliseconds(1), RegistryPage.NextMoment([now.AddMilliseconds(-5), now], now));
        Assert.Equal(now.AddHours(1).AddMilliseconds(1), RegistryPage.NextMoment([now.AddHours(1)], now));
    }

    [Fact]
    public void Entries_of_one_moment_are_all_on_some_page()
    {
        var moment = DateTimeOffset.FromUnixTimeMilliseconds(1_800_000_000_000);
        var entries = Enumerable.Range(0, 60).Select(i => (At: moment.AddMilliseconds(i / 20), Name: $"entry {i}")).ToList();
        var found = new List<string>();
        PageCursor? cursor = null;
        do
        {
            var page = RegistryPage.Of(entries, entry => entry.At, entry => entry.Name, new PageRequest(7, cursor));
            found.AddRange(page.Items.Select(entry => entry.Name));
            cursor = page.Next;
        }
        while (cursor is not null);

        Assert.Equal(entries.Select(entry => entry.Name).Order(), found.Order());
        Assert.Equal(3, found.Select(name => entries.Find(entry => entry.Name == name).At).Distinct().Count());
    }

    [Fact]
    public void A_cursor_of_before_leads_to_what_is_older()
    {
        var moment = DateTimeOffset.FromUnixTimeMilliseconds(1_800_000_000_000);
        var entries = Enumerable.Range(0, 5).Select(i => (At: moment.AddMilliseconds(i), Name: $"entry {i}")).ToList();

        var page = RegistryPage.Of(entries, entry => entry.At, entry => entry.Name, new PageRequest(7, new PageCursor(moment.AddMilliseconds(3).ToUnixTimeMilliseconds(), Backwards: false)));

        Assert.Equal(["entry 2", "entry 1", "entry 0"], page.Items.Select(entry => entry.Name));
    }

    static Page<long> Of(PageRequest request) => RegistryPage.Of(Entries, entry => entry, request);
}
