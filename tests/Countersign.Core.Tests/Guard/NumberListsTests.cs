using Countersign.Core.Guard.Lists;
using Countersign.Core.Numbers;
using Countersign.Core.Privacy;
using Countersign.Core.Tests.Privacy;
using Countersign.Core.Tests.Registry;
using Countersign.Core.Tests.Verifications;
using CsCheck;
using Microsoft.Extensions.Time.Testing;

namespace Countersign.Core.Tests.Guard;

public sealed class NumberListsTests
{
    static readonly Sid Account = Sid.Parse("AC0123456789abcdef0123456789abcdef", "AC");
    static readonly Sid Other = Sid.Parse("ACffffffffffffffffffffffffffffffff", "AC");

    readonly FakeTimeProvider _time = new(Desk.Opening);
    readonly DestinationIndex _index = new(Rings.WithKeys(1));
    readonly MemoryRegistry<NumberListPart> _parts = new();
    readonly NumberLists _lists;

    public NumberListsTests() => _lists = new NumberLists(_parts, _index, new ReplayedRandom(3), _time);

    [Fact]
    public async Task A_number_is_on_the_list_that_it_was_put_on_and_on_no_other()
    {
        await PutAsync(ListKind.Safe, [Of(Desk.Ann)]);

        Assert.True(_lists.IsSafe(Account, Desk.Ann));
        Assert.False(_lists.IsSafe(Account, Desk.Bob));
        Assert.False(_lists.IsSafe(Other, Desk.Ann));
        Assert.Null(Match(ListKind.Block, Desk.Ann));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Whom_a_block_list_may_have_is_refused_while_it_cannot_be_read_and_nobody_else(bool byPrefix)
    {
        ListEntry blocked = byPrefix ? Prefix("+4477") : Of(Desk.Ann);
        await PutAsync(ListKind.Block, [blocked]);
        await PutAsync(ListKind.Safe, [Of(Desk.Bob)]);

        _parts.Hide(Account, NumberListPart.NameOf(ListKind.Block, blocked.Part));
        _parts.Hide(Account, NumberListPart.NameOf(ListKind.Safe, Of(Desk.Bob).Part));

        Assert.Throws<UnknownKeyException>(() => Match(ListKind.Block, Desk.Ann));
        Assert.False(_lists.IsSafe(Account, Desk.Bob));
        Assert.Null(_lists.Match(ListKind.Block, Other, _index.Of(Desk.Ann), Desk.Ann, _time.GetUtcNow()));
        if (byPrefix)
            Assert.Throws<UnknownKeyException>(() => Match(ListKind.Block, Desk.Bob));
        else
            Assert.Null(Match(ListKind.Block, Desk.Bob));
    }

    [Fact]
    public async Task An_entry_ends_when_it_was_to_and_goes_with_the_next_change_of_its_part()
    {
        await PutAsync(ListKind.Block, [Prefix("+4477")], end: Desk.Opening.AddHours(1));
        Assert.NotNull(Match(ListKind.Block, Desk.Bob));

        _time.Advance(TimeSpan.FromHours(1));

        Assert.Null(Match(ListKind.Block, Desk.Bob));
        Assert.Empty(_lists.All(ListKind.Block, Account));
        Assert.False(await _lists.RemoveAsync(ListKind.Block, Account, Prefix("+4477"), CancellationToken.None));
        await PutAsync(ListKind.Block, [Prefix("+33")]);
        Assert.Single(_parts.All[0].Entries);
    }

    [Fact]
    public async Task Putting_an_entry_there_again_keeps_its_SID_and_takes_the_new_note_unless_it_is_to_stay_as_it_was()
    {
        var first = (await PutAsync(ListKind.Safe, [Of(Desk.Ann)], "old"))!.Single();
        var kept = (await _lists.PutAsync(ListKind.Safe, Account, [Of(Desk.Ann)], null, null, keep: true, CancellationToken.None))!.Single();
        var changed = (await PutAsync(ListKind.Safe, [Of(Desk.Ann)], "new"))!.Single();

        Assert.Equal((true, false, false), (first.IsNew, kept.IsNew, changed.IsNew));
        Assert.Equal(first.Listed, kept.Listed);
        Assert.Equal((first.Listed.Sid, "new"), (changed.Listed.Sid, changed.Listed.Note));
    }

    [Fact]
    public async Task Twenty_thousand_numbers_fit_and_each_is_found()
    {
        var numbers = Enumerable.Range(0, 20_000).Select(Number).ToList();
        foreach (var some in numbers.Chunk(1000))
        {
            await PutAsync(ListKind.Safe, [.. some.Select(Of)]);
        }

        Assert.All(numbers, number => Assert.True(_lists.IsSafe(Account, number)));
        Assert.False(_lists.IsSafe(Account, Number(20_000)));
        Assert.Equal(20_000, _lists.All(ListKind.Safe, Account).Count);
        Assert.Equal(NumberListPart.Parts, _parts.All.Count);
        Assert.All(_parts.All, part => Assert.InRange(part.Entries.Count, 30, 150));
    }

    [Fact]
    public async Task A_list_takes_no_more_prefixes_than_its_part_holds_and_then_none_of_the_new_ones()
    {
        var most = Enumerable.Range(1000, NumberListPart.MaxEntries).Select(digits => Prefix($"+{digits}")).ToList();
        Assert.NotNull(await PutAsync(ListKind.Block, most));

        Assert.Null(await PutAsync(ListKind.Block, [Prefix("+99"), most[0]]));

        Assert.Equal(NumberListPart.MaxEntries, _lists.All(ListKind.Block, Account).Count);
        Assert.NotNull(await PutAsync(ListKind.Block, [most[0]], "again"));
    }

    [Fact]
    public void A_prefix_matches_what_starts_with_it_and_nothing_else() =>
        Gen.Select(Gen.Int[0, 79_999], Gen.Int[0, 79_999], Gen.Int[1, 15]).Sample((one, other, length) =>
        {
            var lists = new NumberLists(new MemoryRegistry<NumberListPart>(), _index, new ReplayedRandom(3), _time);
            var (listed, asked) = (Number(one), Number(other));
            var prefix = listed.Reveal()[..Math.Min(length + 1, listed.Reveal().Length)];
            lists.PutAsync(ListKind.Safe, Account, [Prefix(prefix)], null, null, keep: false, CancellationToken.None).GetAwaiter().GetResult();

            return lists.IsSafe(Account, asked) == asked.Reveal().StartsWith(prefix, StringComparison.Ordinal);
        });

    [Theory]
    [InlineData(1, 2, 3, "+4477009")]
    [InlineData(1, 3, 2, "+4477")]
    [InlineData(3, 1, 2, "number")]
    [InlineData(2, 2, 2, "number")]
    [InlineData(0, 0, 0, "number")]
    [InlineData(9, 0, 1, "+4477")]
    [InlineData(9, 1, 0, "+4477009")]
    public async Task Of_several_entries_the_one_that_holds_longest_tells_the_end(int ofNumber, int ofShort, int ofLong, string expected)
    {
        await PutAsync(ListKind.Block, [Of(Desk.Bob)], "number", End(ofNumber));
        await PutAsync(ListKind.Block, [Prefix("+4477")], "+4477", End(ofShort));
        await PutAsync(ListKind.Block, [Prefix("+4477009")], "+4477009", End(ofLong));

        Assert.Equal(expected, Match(ListKind.Block, Desk.Bob)!.Note);

        static DateTimeOffset? End(int hours) => hours == 0 ? null : Desk.Opening.AddHours(hours);
    }

    [Fact]
    public async Task Asking_allocates_nothing()
    {
        await PutAsync(ListKind.Safe, [Of(Desk.Ann), Prefix("+33")]);
        var key = _index.Of(Desk.Bob);
        _lists.Match(ListKind.Safe, Account, key, Desk.Bob, Desk.Opening);

        var allocated = Allocated.By(() =>
        {
            for (var i = 0; i < 1000; i++)
                _lists.Match(ListKind.Safe, Account, key, Desk.Bob, Desk.Opening);
        });

        Assert.InRange(allocated, 0, 999);
    }

    [Theory]
    [InlineData("")]
    [InlineData("+")]
    [InlineData("+0")]
    [InlineData("44")]
    [InlineData("+44 7")]
    [InlineData("+1234567890123456")]
    public void What_is_no_prefix_is_refused(string text) => Assert.False(ListEntry.TryParsePrefix(text, out _));

    [Fact]
    public void Names_of_parts_lead_back_to_them_and_say_no_more()
    {
        foreach (var kind in (ListKind[])[ListKind.Safe, ListKind.Block])
        {
            for (var part = 0; part <= NumberListPart.Prefixes; part++)
            {
                Assert.Equal((kind, part), NumberListPart.ReadName(NumberListPart.NameOf(kind, part)));
            }
        }
    }

    // 555-01xx of area codes that need not exist, 100 numbers each: a restored number is not judged.
    static PhoneNumber Number(int i) => PhoneNumber.Restore($"+1{200 + (i / 100)}55501{i % 100:00}");

    ListEntry Of(PhoneNumber number) => ListEntry.Of(number, _index);

    static ListEntry Prefix(string text) => ListEntry.TryParsePrefix(text, out var entry) ? entry : throw new ArgumentException("no prefix", nameof(text));

    ListedNumber? Match(ListKind kind, PhoneNumber number) => _lists.Match(kind, Account, _index.Of(number), number, _time.GetUtcNow());

    Task<IReadOnlyList<(ListedNumber Listed, bool IsNew)>?> PutAsync(ListKind kind, IReadOnlyList<ListEntry> entries, string? note = null, DateTimeOffset? end = null) =>
        _lists.PutAsync(kind, Account, entries, note, end, keep: false, CancellationToken.None);
}
