using Countersign.Core.Tests.Guard.Challenges;
using Countersign.Core.Tests.Verifications;
using Countersign.Core.Verifications;

namespace Countersign.Adapters.Tests.Stores;

/// <summary>One solved challenge, several nodes that know nothing of each other, one store: it lets a start through once.</summary>
public abstract class ChallengeReplayConformance(StoreHome home) : StoreConformance(home)
{
    int _seed = 20;

    ChallengedNode Node() => new(Store.Verifications, Time, _seed++);

    [Fact]
    public async Task What_one_node_let_through_no_other_does()
    {
        var node = Node();
        var solution = Work.Payload(await node.AskedAsync(Desk.Ann));
        await node.SentAsync(Desk.Ann, solution);

        await Node().AskedAsync(Desk.Ann, solution, "used");
        await node.CancelAsync(Desk.Ann);
        await Node().AskedAsync(Desk.Ann, solution, "used");
        Time.Advance(TimeSpan.FromSeconds(1));
        var next = Node();
        await next.SentAsync(Desk.Ann, Work.Payload(await next.AskedAsync(Desk.Ann)));
        await Node().AskedAsync(Desk.Ann, solution, "used");
    }

    [Fact]
    public async Task It_is_known_after_a_resend_and_after_reopening()
    {
        var node = Node();
        var (first, second) = (Work.Payload(await node.AskedAsync(Desk.Ann)), Work.Payload(await node.AskedAsync(Desk.Ann)));
        var started = await node.SentAsync(Desk.Ann, first);
        Assert.Equal(started.Sid, (await Node().SentAsync(Desk.Ann, second)).Sid);

        await ReopenAsync();

        await Node().AskedAsync(Desk.Ann, first, "used");
        await Node().AskedAsync(Desk.Ann, second, "used");
    }

    [Fact]
    public async Task Of_many_nodes_at_once_one_lets_it_through()
    {
        var nodes = Enumerable.Range(0, 16).Select(_ => Node()).ToArray();
        var solution = Work.Payload(await nodes[0].AskedAsync(Desk.Ann));

        var results = await Task.WhenAll(nodes.Select(node => node.StartAsync(Desk.Ann, solution)));

        Assert.Single(results, result => result is CreateVerificationResult.Sent);
        Assert.All(results.OfType<CreateVerificationResult.Refused>(), refused => Assert.Equal("challenge_required", refused.Refusal.Reason));
    }
}
