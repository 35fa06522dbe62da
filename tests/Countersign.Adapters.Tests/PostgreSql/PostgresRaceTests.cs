using Countersign.Core.Numbers;
using Countersign.Core.Tests.Verifications;
using Countersign.Core.Verifications;
using Countersign.Storage.PostgreSql;

namespace Countersign.Adapters.Tests.PostgreSql;

/// <summary>Two nodes that work on one verification at the same time.</summary>
public sealed class PostgresRaceTests : IAsyncLifetime
{
    const int Rounds = 20, CallsOfEach = 25;

    readonly PostgresHome _home = new();
    readonly List<PostgresStore> _stores = [];
    readonly List<Desk> _desks = [];

    public async ValueTask InitializeAsync()
    {
        for (var node = 0; node < 2; node++)
        {
            _stores.Add(await _home.OpenPostgresAsync());
            _desks.Add(new Desk(_stores[node].Verifications, _home.Time, seed: node + 1));
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var store in _stores)
            await store.DisposeAsync();
        await _home.DisposeAsync();
    }

    [Fact]
    public async Task Of_wrong_guesses_at_once_on_two_nodes_five_are_evaluated()
    {
        for (var round = 0; round < Rounds; round++)
        {
            var verification = await StartedAsync(round);
            var wrong = Desk.WrongFor(_desks[0].CodeOf(verification));

            var answers = await AtOnceAsync((desk, call) => Guess(desk, verification, round, call, wrong));

            var evaluated = answers.OfType<CheckVerificationResult.Checked>().Select(answer => answer.Verification).ToList();
            Assert.Equal([1, 2, 3, 4, 5], evaluated.Select(after => after.Checks).Order());
            Assert.Equal(VerificationStatus.MaxAttemptsReached, evaluated.MaxBy(after => after.Checks)!.Status);
            Assert.All(answers.Except(answers.OfType<CheckVerificationResult.Checked>()), answer => Assert.IsType<CheckVerificationResult.ChecksExhausted>(answer));
        }
    }

    [Fact]
    public async Task Of_right_and_wrong_guesses_at_once_on_two_nodes_one_is_approved_at_most_and_five_evaluated_at_most()
    {
        var approvals = 0;
        for (var round = 0; round < Rounds; round++)
        {
            var verification = await StartedAsync(round);
            var right = _desks[0].CodeOf(verification);

            var answers = await AtOnceAsync((desk, call) => Guess(desk, verification, round, call, call % 5 == 0 ? right : Desk.WrongFor(right)));

            var evaluated = answers.OfType<CheckVerificationResult.Checked>().Select(answer => answer.Verification).ToList();
            var approved = evaluated.Count(after => after.Status == VerificationStatus.Approved);
            Assert.InRange(approved, 0, 1);
            Assert.Equal(Enumerable.Range(1, evaluated.Count), evaluated.Select(after => after.Checks).Order());
            Assert.True(approved == 1 ? evaluated.Count <= VerificationLimits.MaxChecks : evaluated.Count == VerificationLimits.MaxChecks);
            Assert.Equal(approved == 1, (await FoundAsync(verification)).Status == VerificationStatus.Approved);
            approvals += approved;
        }

        Assert.NotEqual(0, approvals);
    }

    [Fact]
    public async Task Of_starts_at_once_on_two_nodes_one_verification_comes_and_five_sends()
    {
        for (var round = 0; round < Rounds; round++)
        {
            _home.Time.Advance(TimeSpan.FromHours(1));

            var answers = await AtOnceAsync((desk, _) => desk.StartAsync(round % 2 == 0 ? Desk.Ann : Desk.Bob));

            var sent = answers.OfType<CreateVerificationResult.Sent>().Select(answer => answer.Verification).ToList();
            Assert.Single(sent.Select(verification => verification.Sid).Distinct());
            Assert.Equal([1, 2, 3, 4, 5], sent.Select(verification => verification.Attempts.Length).Order());
            Assert.Equal(5, sent.Select(verification => verification.Attempts[^1].Sid).Distinct().Count());
            Assert.All(answers.Except(answers.OfType<CreateVerificationResult.Sent>()), answer => Assert.IsType<CreateVerificationResult.SendsExhausted>(answer));
        }
    }

    /// <summary>An hour after the last, of which nothing is left then.</summary>
    Task<Verification> StartedAsync(int round)
    {
        _home.Time.Advance(TimeSpan.FromHours(1));
        return _desks[round % 2].StartedAsync(NumberOf(round));
    }

    /// <summary>Another in each round: whoever is guessed at has to wait longer each time.</summary>
    static PhoneNumber NumberOf(int round) => PhoneNumber.Restore($"+141555501{round:00}");

    /// <summary>By number and by SID in turn: they find the verification by different ways.</summary>
    static Task<CheckVerificationResult> Guess(Desk desk, Verification verification, int round, int call, string code) =>
        (round + call) % 3 == 0 ? desk.CheckAsync(code, sid: verification.Sid) : desk.CheckAsync(code, NumberOf(round));

    async Task<Verification> FoundAsync(Verification verification) =>
        Assert.IsType<FetchVerificationResult.Found>(await _desks[1].FetchAsync(sid: verification.Sid)).Verification;

    async Task<T[]> AtOnceAsync<T>(Func<Desk, int, Task<T>> call)
    {
        using var start = new Barrier(2);
        var threads = _desks.Select((desk, node) => Task.Factory.StartNew(
            () =>
            {
                start.SignalAndWait();
                return Enumerable.Range(0, CallsOfEach).Select(number => call(desk, number * 2 + node)).ToArray();
            },
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default));
        var calls = await Task.WhenAll(threads);
        return await Task.WhenAll(calls.SelectMany(started => started));
    }
}
