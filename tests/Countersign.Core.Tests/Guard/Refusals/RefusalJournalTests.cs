using Countersign.Core.Guard.Refusals;
using Countersign.Core.Tests.Verifications;
using Countersign.Core.Verifications;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Countersign.Core.Tests.Guard.Refusals;

public sealed class RefusalJournalTests
{
    static readonly Sid Account = GivenRefusal.Account, Service = GivenRefusal.Service;

    readonly FakeTimeProvider _time = new(Desk.Opening);
    readonly ListedStore _store = new();
    readonly RefusalJournal _journal;

    public RefusalJournalTests() => _journal = new RefusalJournal(_store, _time, NullLogger<RefusalJournal>.Instance);

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public void Of_an_attack_some_are_kept_and_a_person_who_is_refused_for_another_reason_is_found_beside_it()
    {
        var kept = Enumerable.Range(0, 1000).Count(_ => _journal.HasRoomFor(Account, Service, 60410, "fraud", "GB"));

        Assert.Equal(RefusalJournal.MaxAlike, kept);
        Assert.True(_journal.HasRoomFor(Account, Service, 20429, "too_many", "GB"));
        Assert.True(_journal.HasRoomFor(Account, Service, 60410, "fraud", "SE"));
        _time.Advance(RefusalJournal.Interval);
        Assert.True(_journal.HasRoomFor(Account, Service, 60410, "fraud", "GB"));
    }

    [Fact]
    public void One_service_leaves_room_for_others_and_one_account_too_and_all_of_them_have_a_bound()
    {
        var ofOne = Enumerable.Range(0, 1000).Count(number => _journal.HasRoomFor(Account, Service, 60410, $"reason_{number}", "GB"));
        var ofAccount = Enumerable.Range(0, 1000).Count(number => _journal.HasRoomFor(Account, Sid.Parse($"VA{number:x32}", "VA"), 60410, "fraud", "GB"));
        var ofAll = Enumerable.Range(0, 1000).Count(number => _journal.HasRoomFor(Sid.Parse($"AC{number:x32}", "AC"), Sid.Parse($"VA{number:x32}", "VA"), 60410, "fraud", "SE"));

        Assert.Equal(RefusalJournal.MaxOfService, ofOne);
        Assert.Equal(RefusalJournal.MaxOfAccount, ofOne + ofAccount);
        Assert.Equal(RefusalJournal.MaxOfAll, ofOne + ofAccount + ofAll);
    }

    [Fact]
    public async Task What_waits_is_kept_once_and_in_its_order()
    {
        _journal.Add(GivenRefusal.Of(1));
        _journal.Add(GivenRefusal.Of(2));
        await _journal.RunOnceAsync(Ct);
        await _journal.RunOnceAsync(Ct);

        Assert.Equal([GivenRefusal.Of(1), GivenRefusal.Of(2)], _store.Kept);
        Assert.Equal(1, _store.Calls);
    }

    [Fact]
    public async Task A_store_that_has_too_much_to_do_gets_them_later()
    {
        _journal.Add(GivenRefusal.Of(1));
        _store.Problem = new StoreOverloadedException();
        await _journal.RunOnceAsync(Ct);
        _journal.Add(GivenRefusal.Of(2));
        _store.Problem = null;
        await _journal.RunOnceAsync(Ct);

        Assert.Equal([GivenRefusal.Of(1), GivenRefusal.Of(2)], _store.Kept);
    }

    [Fact]
    public async Task A_store_that_does_not_answer_fills_no_memory()
    {
        for (var number = 0; number < 5000; number++)
            _journal.Add(GivenRefusal.Of(number));
        _store.Problem = new StoreOverloadedException();
        await _journal.RunOnceAsync(Ct);
        _journal.Add(GivenRefusal.Of(9999));
        _store.Problem = null;
        await _journal.RunOnceAsync(Ct);

        Assert.Equal(1000, _store.Kept.Count);
    }

    sealed class ListedStore : IRefusedStartStore
    {
        public List<RefusedStart> Kept { get; } = [];

        public int Calls { get; private set; }

        public Exception? Problem { get; set; }

        public Task AddAsync(IReadOnlyList<RefusedStart> refusals, CancellationToken ct)
        {
            Calls++;
            if (Problem is not null)
                throw Problem;
            Kept.AddRange(refusals);
            return Task.CompletedTask;
        }

        public Task<Page<RefusedStart>> ListAsync(RefusedStartFilter filter, PageRequest page, CancellationToken ct) => throw new NotSupportedException();
    }
}
