using Countersign.Adapters.Tests.Stores;
using Countersign.Core.Tests.Verifications;
using Countersign.Core.Verifications;
using Microsoft.Extensions.Time.Testing;

namespace Countersign.Adapters.Tests.Cuts;

/// <summary>
/// Plays the games of <see cref="ReferenceModel"/> on a stage whose nodes are cut off in the middle of steps. A step that got no answer was done, or was not: the game looks which, at every phone
/// and every verification, and goes on from there. Any other answer is compared, and at the end whatever hangs on the verifications.
/// </summary>
sealed class CutGame
{
    static readonly Move Moment = new(MoveKind.Reopen, 0, 0, Typed.TheRightOne, 0, null, false, 0);

    readonly CutStage _stage;
    readonly FakeTimeProvider _time;
    readonly Player _inMemory = new();
    readonly Desk _memory;
    readonly MemoryVerificationStore _memoryStore;
    readonly (IVerificationStore Store, Desk Desk)[] _desks = new (IVerificationStore, Desk)[2];
    ReferenceModel _model = new();
    Player _onStage = new();
    int _seeds;

    public CutGame(CutStage stage, FakeTimeProvider time)
    {
        (_stage, _time) = (stage, time);
        (_memory, _memoryStore) = Desk.InMemory();
        Allowing(_memory);
    }

    /// <summary>Steps without an answer that were done.</summary>
    public int Done { get; private set; }

    /// <summary>Steps without an answer that were not done.</summary>
    public int Undone { get; private set; }

    public async Task PlayAsync(List<Turn> turns)
    {
        await _stage.OpenAsync();
        foreach (var (number, turn) in turns.Index())
        {
            var which = number * 7 % 3 % 2;
            if (turn.Move.Kind == MoveKind.Reopen)
                await _stage.ReplaceAsync(turn.Move.Which % 2, kill: turn.Move.Approve);
            var (before, cut) = (_onStage.Copy(), turn.Cut);
            if (turn.Move.Kind is MoveKind.Reopen or MoveKind.Wait)
                cut = null;
            if (await _stage.PlayAsync(which, cut, () => _onStage.PlayAsync(DeskAt(which), turn.Move)) is { } answer)
                await AnsweredAsync(turn.Move, answer);
            else
                await UnansweredAsync(turn.Move, which, before);
            if (turn.Move.Kind == MoveKind.Wait)
                await _stage.PassAsync(which, turn.Cut);
        }

        for (var which = 0; which < 2; which++)
            Assert.Equal(_model.Look(), await LookAsync(which));
        var all = new List<Verification>();
        foreach (var sid in _onStage.Known)
            all.Add((await _stage.AskAsync(0, () => _stage.At(0).FindAsync(sid)))!);
        await _stage.FinishAsync(all);
    }

    async Task AnsweredAsync(Move move, string answer)
    {
        var expected = _model.Play(move);
        Assert.Equal(expected, await _inMemory.PlayAsync(_memory, move));
        Assert.Equal(expected, answer);
    }

    async Task UnansweredAsync(Move move, int which, Player before)
    {
        _onStage = before;
        var undone = _model.Copy();
        undone.Play(Moment);
        _model.Play(move);
        if (move.Kind == MoveKind.Start)
            await _stage.AskAsync(which, () => _onStage.LearnAsync(LookingAt(which), move));

        var found = await LookAsync(which);
        if (found.SequenceEqual(_model.Look()))
        {
            await _inMemory.PlayAsync(_memory, move);
            Done += found.SequenceEqual(undone.Look()) ? 0 : 1;
        }
        else
        {
            Assert.Equal(undone.Look(), found);
            await _inMemory.PlayAsync(_memory, Moment);
            _model = undone;
            Undone++;
        }

        // No node may see it otherwise, the one that has lost sight of it least of all.
        Assert.Equal(found, await LookAsync(1 - which));
        Assert.Equal(found, await _inMemory.LookAsync(Allowing(new Desk(_memoryStore, _memory.Time))));
    }

    /// <summary>The desk over a node's store; of a process that is new, a new one.</summary>
    Desk DeskAt(int which)
    {
        if (!ReferenceEquals(_desks[which].Store, _stage.At(which)))
            _desks[which] = (_stage.At(which), Allowing(new Desk(_stage.At(which), _time, seed: ++_seeds)));
        return _desks[which].Desk;
    }

    Task<IReadOnlyList<string>> LookAsync(int which) => _stage.AskAsync(which, () => _onStage.LookAsync(LookingAt(which)));

    /// <summary>A desk for looking, at which nothing was fetched before, since one verification may be fetched so many times.</summary>
    Desk LookingAt(int which) => Allowing(new Desk(_stage.At(which), _time));

    static Desk Allowing(Desk desk)
    {
        desk.Service = desk.Service with { CustomCodeEnabled = true };
        return desk;
    }
}
