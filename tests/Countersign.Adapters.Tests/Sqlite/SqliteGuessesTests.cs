using Countersign.Core.Numbers;
using Countersign.Core.Tests.Verifications;
using Countersign.Core.Verifications;

namespace Countersign.Adapters.Tests.Sqlite;

/// <summary>Wrong guesses are remembered from the first on, however much comes after them.</summary>
public sealed class SqliteGuessesTests : IAsyncDisposable
{
    readonly SqliteHome _home = new();

    [Theory]
    [InlineData(1, false)]
    [InlineData(1, true)]
    [InlineData(5, true)]
    public async Task What_was_guessed_wrong_outlives_the_index_of_what_ended(int guesses, bool bySid)
    {
        using var store = new SqliteParts(_home, generationSize: 4);
        var desk = new Desk(store.Verifications, _home.Time);
        var guessedAt = await desk.StartedAsync(Desk.Ann);
        for (var i = 0; i < guesses; i++)
            await desk.CheckedAsync(Desk.WrongFor(desk.CodeOf(guessedAt)), bySid ? null : Desk.Ann, bySid ? guessedAt.Sid : null);

        await OthersAsync(desk);

        Assert.Equal(guesses, (await desk.StartedAsync(Desk.Ann)).Details.FailedBefore);
    }

    [Fact]
    public async Task What_was_right_in_the_end_is_remembered_only_while_its_errors_count()
    {
        using var store = new SqliteParts(_home, generationSize: 4);
        var desk = new Desk(store.Verifications, _home.Time);
        await desk.CheckedAsync(desk.CodeOf(await desk.StartedAsync(Desk.Bob)), Desk.Bob);
        var mistyped = await desk.StartedAsync(Desk.Ann);
        await desk.GuessWrongAsync(mistyped, 1);
        await desk.CheckedAsync(desk.CodeOf(mistyped), Desk.Ann);

        await OthersAsync(desk);

        var key = VerificationStep.KeyOf(desk.Service.Sid, desk.Index.Of(Desk.Ann));
        Assert.True(store.Destinations.TryFind(key, out _));
        Assert.False(store.Destinations.TryFind(VerificationStep.KeyOf(desk.Service.Sid, desk.Index.Of(Desk.Bob)), out _));
        await desk.StartedAsync(Desk.Ann);
        await OthersAsync(desk);
        Assert.False(store.Destinations.TryFind(key, out _));
    }

    [Fact]
    public async Task A_guess_at_one_that_is_not_the_newest_changes_nothing()
    {
        using var store = new SqliteParts(_home, generationSize: 4);
        var desk = new Desk(store.Verifications, _home.Time);
        var first = await desk.StartedAsync(Desk.Ann);
        await desk.EndAsync(VerificationStatus.Canceled, Desk.Ann);
        var second = await desk.StartedAsync(Desk.Ann);

        Assert.IsType<CheckVerificationResult.NotFound>(await desk.CheckAsync("0000000000", sid: first.Sid));

        Assert.True(store.Destinations.TryFind(VerificationStep.KeyOf(desk.Service.Sid, desk.Index.Of(Desk.Ann)), out var newest));
        Assert.Equal(second.Sid.Value, newest);
    }

    public ValueTask DisposeAsync() => _home.DisposeAsync();

    /// <summary>Others' verifications, until all that ended is forgotten that may be.</summary>
    async Task OthersAsync(Desk desk)
    {
        for (var i = 0; i < 40; i++)
        {
            _home.Time.Advance(TimeSpan.FromMinutes(11));
            await desk.StartedAsync(PhoneNumber.Restore($"+1415555{140 + i:0000}"));
        }
    }
}
