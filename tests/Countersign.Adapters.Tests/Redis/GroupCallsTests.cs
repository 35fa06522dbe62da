using Countersign.Core.Verifications;
using Countersign.Storage.Redis;

namespace Countersign.Adapters.Tests.Redis;

public sealed class GroupCallsTests
{
    [Fact]
    public async Task Whatever_one_group_fails_with_the_answers_of_the_others_are_not_lost()
    {
        var failed = new List<(int, string)>();

        var answers = await new GroupCalls<string>(3).AskAsync(
            group => group == 0 ? Task.FromException<string>(new InvalidOperationException("Not of the store.")) : Task.FromResult($"of {group}"),
            (group, problem) => failed.Add((group, problem.Message)));

        Assert.Null(answers[0]);
        Assert.Equal(("of 1", "of 2"), (answers[1], answers[2]));
        Assert.Equal([(0, nameof(InvalidOperationException))], failed);
    }

    [Fact]
    public async Task What_is_unavailable_says_so_in_its_own_words()
    {
        var failed = new List<(int, string)>();

        await new GroupCalls<string>(1).AskAsync(_ => Task.FromException<string>(new StoreUnavailableException("Away.")), (group, problem) => failed.Add((group, problem.Message)));

        Assert.Equal([(0, "Away.")], failed);
    }
}
