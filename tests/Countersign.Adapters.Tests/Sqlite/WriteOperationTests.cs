using Countersign.Adapters.Tests.Stores;
using Countersign.Core.Delivery.Receipts;
using Countersign.Storage.Sqlite;

namespace Countersign.Adapters.Tests.Sqlite;

/// <summary>A function that throws leaves nothing behind in a batch that goes on.</summary>
public sealed class WriteOperationTests : IAsyncDisposable
{
    readonly SqliteHome _home = new();

    public ValueTask DisposeAsync() => _home.DisposeAsync();

    [Fact]
    public async Task What_one_that_throws_wanted_to_follow_does_not_happen_and_what_it_did_in_memory_is_undone()
    {
        using var store = new SqliteParts(_home);
        var happened = new List<string>();

        var begun = await store.InOneBatchAsync(() =>
        [
            store.Writer.RunAsync(context => Note(context, "first")),
            store.Writer.RunAsync<int>(context =>
            {
                Note(context, "second");
                throw new NotSupportedException();
            }),
            store.Writer.RunAsync(context => Note(context, "third")),
        ]);

        Assert.Equal([true, false, true], begun.Select(task => task.IsCompletedSuccessfully));
        Assert.Equal(["second undone", "first committed", "third committed", "first followed", "third followed"], happened);

        int Note(WriteContext context, string name)
        {
            context.OnUndo(() => happened.Add($"{name} undone"));
            context.OnCommit(() => happened.Add($"{name} committed"));
            context.Follow(new Noted(() => happened.Add($"{name} followed")));
            return 0;
        }
    }

    [Fact]
    public async Task Receipts_whose_removal_was_taken_back_are_still_looked_for()
    {
        using var store = new SqliteParts(_home);
        var early = new EarlyReceipts(store.Context);
        var receipt = new Receipt { AttemptSid = Given.Attempt(_home.Time.GetUtcNow()).Sid, Status = ReceiptStatus.Delivered };
        await store.Writer.RunAsync(_ =>
        {
            early.Keep(Given.Account, "acme", receipt);
            return 0;
        });

        await Assert.ThrowsAsync<NotSupportedException>(() => store.Writer.RunAsync<int>(_ =>
        {
            early.Remove(Given.Account, early.After(0, 10).Select(waiting => waiting.Position));
            throw new NotSupportedException();
        }));

        Assert.False(early.IsEmpty);
        Assert.Single(await store.Writer.RunAsync(_ => early.After(0, 10)));
    }

    sealed class Noted(Action note) : Follower
    {
        public override void Complete() => note();

        public override void Fail(Exception problem)
        {
        }
    }
}
