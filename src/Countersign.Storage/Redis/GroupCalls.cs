using Countersign.Core.Verifications;

namespace Countersign.Storage.Redis;

/// <summary>
/// The same question to every group. A master that hangs, rather than refuses, is waited for once, and no more until it has answered: the others go on meanwhile.
/// An answer that is late is not lost, since to ask was to take: it comes with a later round. One round at a time.
/// </summary>
sealed class GroupCalls<T>(int groups)
    where T : class
{
    readonly Task<T>?[] _underWay = new Task<T>?[groups];
    readonly bool[] _isLate = new bool[groups];

    /// <summary>What each group answers; null for one that failed or is late, which <paramref name="failed"/> is told.</summary>
    public async Task<T?[]> AskAsync(Func<int, Task<T>> ask, Action<int, StoreUnavailableException> failed)
    {
        var asked = new List<Task>(groups);
        for (var group = 0; group < groups; group++)
        {
            _underWay[group] ??= ask(group);
            if (!_isLate[group])
            {
                asked.Add(_underWay[group]!);
            }
        }

        await Task.WhenAll(asked).WaitAsync(RedisDatabase.Patience, TimeProvider.System).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var answers = new T?[groups];
        for (var group = 0; group < groups; group++)
        {
            if (_underWay[group] is not { IsCompleted: true } done)
            {
                _isLate[group] = true;
                failed(group, new StoreUnavailableException("Redis hangs: it has not answered yet."));
                continue;
            }

            _underWay[group] = null;
            try
            {
                answers[group] = await done;
                _isLate[group] = false;
            }
            catch (Exception problem)
            {
                // Whatever it is: what the other groups gave out to this node would be lost with it, since to ask was to take.
                failed(group, problem as StoreUnavailableException ?? new StoreUnavailableException(problem.GetType().Name, problem));
            }
        }

        return answers;
    }
}
